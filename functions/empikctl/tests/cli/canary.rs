//! A word that occurs nowhere else, in every place of a secret: no command prints it, whatever goes
//! wrong.

use crate::support::{Aws, Run, SETTINGS};

const CANARY: &str = "kanarek7q";

fn secret() -> String {
    let members = [
        "empik_api_key",
        "thulium_user",
        "thulium_password",
        "callback_password",
        "callback_user_before",
        "callback_password_before",
    ];
    let members: Vec<String> = members.iter().map(|name| format!("\"{name}\":\"{CANARY}-{name}\"")).collect();
    // The user is no secret: the operator is told what to type into Thulium.
    format!("{{\"callback_user\":\"thulium\",{}}}", members.join(","))
}

fn silent(arguments: &[&str], run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(CANARY), "{arguments:?} prints a secret: {run:?}");
    }
}

#[tokio::test]
async fn no_command_prints_a_secret() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["apply", "-f", "-"], SETTINGS).await.code, 0);
    let set = aws.run(&["secrets", "set", "shop-a"], &secret()).await;
    assert_eq!(set.code, 0, "{set:?}");
    silent(&["secrets", "set"], &set);
    let stored = aws.secret("bridge/shop-a").expect("a secret");
    assert_eq!(stored["callback_password"], format!("{CANARY}-callback_password"), "it must be there");
    let commands: [&[&str]; 9] = [
        &["apply", "-f", "-"],
        &["export", "shop-a"],
        &["list"],
        &["secrets", "set", "shop-a"],
        &["secrets", "check", "shop-a"],
        &["secrets", "check", "shop-b"],
        &["tables", "check"],
        &["parked", "shop-a"],
        &["template", "shop-a"],
    ];
    // A secret that is cut off, lacks a member, is no object, or stands where settings belong.
    let whole = secret();
    let cut = whole.split_at(whole.len() - 3).0.to_owned();
    let lacking = whole.replace("empik_api_key", "empik_key");
    let inputs =
        [whole.clone(), cut, lacking, format!("[{whole}]"), format!("{CANARY}\n"), format!("\"{CANARY}")];
    for refusal in [None, Some("AccessDeniedException"), Some("InternalServiceError")] {
        if let Some(code) = refusal {
            aws.refuse_secrets(code);
        }
        for command in commands {
            for json in [&[][..], &["--json"]] {
                let arguments = [command, json].concat();
                for input in &inputs {
                    silent(&arguments, &aws.run(&arguments, input).await);
                    if !command.contains(&"-") && !command.contains(&"set") {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_secret_in_a_settings_file_is_refused_and_not_repeated() {
    let aws = Aws::new().await;
    for wrong in [
        SETTINGS.replace("https://acme", &format!("https://user:{CANARY}@acme")),
        SETTINGS.replace("comment_login", &format!("thulium_password = \"{CANARY}\"\ncomment_login")),
        SETTINGS.replace("[empikplace]", &format!("[empikplace]\nempik_api_key = \"{CANARY}\"")),
    ] {
        for arguments in [["apply", "-f", "-"], ["check", "-f", "-"]] {
            let run = aws.run(&arguments, &wrong).await;
            assert_ne!(run.code, 0, "{run:?}");
            silent(&arguments, &run);
        }
    }
}
