//! What programs read: the keys of every document that `--json` gives, which may grow and never change.
//! Where a command is shown at work elsewhere, its document is held there.

use crate::seeing::keys;
use crate::shop::{SECRET, Shop};
use crate::support::SETTINGS;

#[tokio::test]
async fn every_command_gives_one_document() {
    let shop = Shop::joined().await;
    shop.tick().await;
    let callback = shop.callback("");
    let callback = callback.trim_end_matches('/');
    let settings = shop.settings();
    let wrong = SETTINGS.replace("mailbox", "mailbx");
    let cases: [(&[&str], &str, i32); 17] = [
        (&["template", "shop-b"], "", 0),
        (&["check", "-f", "-"], &settings, 0),
        (&["check", "-f", "-"], &wrong, 1),
        (&["apply", "-f", "-"], &wrong, 1),
        (&["apply", "-f", "-"], &settings.replace("queue_id = 7", "queue_id = 8"), 0),
        (&["export", "shop-a"], "", 0),
        (&["list"], "", 0),
        (&["secrets", "set", "shop-a"], SECRET, 0),
        (&["secrets", "check", "shop-b"], "", 3),
        (&["tables", "create"], "", 0),
        (&["tables", "check"], "", 0),
        (&["enable", "shop-a"], "", 0),
        (&["hook", "trigger", "shop-a", "7", "--callback-url", callback], "", 0),
        (&["disable", "shop-a"], "", 0),
        (&["completions", "bash"], "", 0),
        (&["man"], "", 0),
        (&["export", "shop-x"], "", 1),
    ];
    let mut all = String::new();
    for (command, input, code) in cases {
        let run = shop.run_with(&[command, &["--json"]].concat(), input).await;
        assert_eq!(run.code, code, "{command:?}: {run:?}");
        assert_eq!(run.stdout.lines().count(), 1, "{command:?}: {run:?}");
        let mut shown = command.join(" ").replace(callback, "URL");
        if code == 1 {
            shown += "    (refused)";
        }
        // The settings' own keys are the settings file's business.
        let known: Vec<String> = keys(&run.json())
            .lines()
            .filter(|key| !key.starts_with(".settings."))
            .map(str::to_owned)
            .collect();
        all += &format!("$ empikctl {shown}\n{}\n\n", known.join("\n"));
    }
    insta::assert_snapshot!(all);
}
