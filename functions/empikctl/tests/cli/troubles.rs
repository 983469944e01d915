//! Whatever can be wrong with AWS and with what is stored: one clear line, and no panic.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::shop::Shop;
use crate::support::{Aws, CONVERSATIONS, INTEGRATIONS, Run, SECRET, SETTINGS, run};

/// Everything that needs AWS.
const COMMANDS: [&[&str]; 17] = [
    &["apply", "-f", "-"],
    &["export", "shop-a"],
    &["list"],
    &["secrets", "set", "shop-a"],
    &["secrets", "check", "shop-a"],
    &["tables", "create"],
    &["tables", "check"],
    &["parked", "shop-a"],
    &["status"],
    &["conversations", "shop-a"],
    &["explain", "4711"],
    &["doctor"],
    &["reconcile", "shop-a"],
    &["retry", "shop-a", "--all"],
    &["enable", "shop-a"],
    &["remove", "shop-a"],
    &["erase", "shop-a", "--customer", "c-1"],
];

fn input(arguments: &[&str]) -> &'static str {
    if arguments[0] == "apply" { SETTINGS } else { SECRET }
}

/// The one line of a run that failed.
fn line(run: &Run) -> &str {
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    run.stderr.strip_prefix("empikctl: ").expect("the name of the program").trim_end()
}

#[tokio::test]
async fn without_region_or_credentials_both_are_asked_for() {
    let aws = Aws::empty().await;
    for command in COMMANDS {
        for (variable, words) in [
            ("AWS_REGION", "no AWS region is set; set AWS_REGION"),
            ("AWS_ACCESS_KEY_ID", "no AWS credentials could be found; set AWS_PROFILE"),
        ] {
            let mut environment = aws.environment();
            environment.remove(variable);
            let run = run(&environment, command, input(command)).await;
            assert!(line(&run).starts_with(words), "{run:?}");
        }
    }
}

#[tokio::test]
async fn a_variable_that_is_not_set_is_named() {
    let aws = Aws::new().await;
    for (variable, option, command) in [
        ("INTEGRATIONS_TABLE", "--integrations-table", COMMANDS[2]),
        ("CONVERSATIONS_TABLE", "--conversations-table", COMMANDS[7]),
        ("SECRETS_PREFIX", "--secrets-prefix", COMMANDS[4]),
    ] {
        let mut environment = aws.environment();
        environment.insert(variable, String::new());
        let run = run(&environment, command, "").await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert_eq!(run.stderr, format!("empikctl: {variable} is not set; set it, or use {option}\n"));
    }
    let mut environment = aws.environment();
    environment.remove("INTEGRATIONS_TABLE");
    let run = run(&environment, &["list", "--integrations-table", INTEGRATIONS], "").await;
    assert_eq!(run.code, 0, "{run:?}");
}

#[tokio::test]
async fn an_endpoint_where_nobody_answers_is_told() {
    // Not a port that was free a moment ago: by now somebody may have it.
    let endpoint = "http://127.0.0.1:1".to_owned();
    let mut environment = Aws::empty().await.environment();
    environment.insert("AWS_ENDPOINT_URL", endpoint.clone());
    environment.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
    for command in COMMANDS {
        let run = run(&environment, command, input(command)).await;
        let service = if command[0] == "secrets" { "Secrets Manager" } else { "DynamoDB" };
        assert!(
            line(&run).starts_with(&format!("{service} could not be reached, or gave no answer")),
            "{run:?}"
        );
        assert!(line(&run).contains("AWS_ENDPOINT_URL"), "{run:?}");
    }
}

#[tokio::test]
async fn a_missing_table_is_named_with_what_makes_it() {
    let aws = Aws::empty().await;
    for command in [COMMANDS[0], COMMANDS[1], COMMANDS[2], COMMANDS[7]] {
        let run = aws.run(command, input(command)).await;
        let table = if command[0] == "parked" { "conversations" } else { "integrations" };
        let words = format!(
            "there is no table bridge-{table} in eu-central-1; Terraform makes it in AWS, empikctl tables \
             create on a local endpoint"
        );
        assert_eq!(line(&run), words);
    }
    let (code, failed) = aws.json(&["list"], "").await;
    assert_eq!(code, 1);
    assert!(failed["error"].as_str().expect("an error").starts_with("there is no table"));
}

#[tokio::test]
async fn a_table_of_another_form_is_a_finding_and_stays_as_it_is() {
    let aws = Aws::empty().await;
    ledger::schema::create_tables(&aws.client, "bridge-conversations", "bridge-integrations")
        .await
        .expect("tables, the wrong way round");
    for verb in ["check", "create"] {
        let (code, found) = aws.json(&["tables", verb], "").await;
        assert_eq!(code, 3);
        let differences = |at: usize| found["tables"][at]["differences"].clone();
        assert_eq!(differences(0), json!(["keys"]));
        assert_eq!(differences(1), json!(["keys", "no index by_ticket", "no index waiting"]));
        assert_eq!(found["tables"][0]["state"], "different");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let aws = Aws::new().await;
    aws.refuse_secrets("AccessDeniedException");
    let check = aws.run(&["secrets", "check", "shop-a"], "").await;
    let words = "this AWS identity lacks the right secretsmanager:GetSecretValue on the secret bridge/shop-a \
                 in eu-central-1";
    assert_eq!(line(&check), words);
    let set = aws.run(&["secrets", "set", "shop-a"], SECRET).await;
    assert!(line(&set).contains("the right secretsmanager:PutSecretValue"), "{set:?}");
    // Settings can be applied by somebody who may not see the secrets.
    let (code, applied) = aws.json(&["apply", "-f", "-"], SETTINGS).await;
    assert_eq!((code, &applied["outcome"], &applied["secret"]), (0, &json!("created"), &json!("unknown")));

    aws.refuse_secrets("ExpiredTokenException");
    let check = aws.run(&["secrets", "check", "shop-a"], "").await;
    assert!(line(&check).starts_with("Secrets Manager refused the AWS credentials; renew them"), "{check:?}");
    aws.refuse_secrets("InvalidRequestException");
    let set = aws.run(&["secrets", "set", "shop-a"], SECRET).await;
    assert!(line(&set).contains("is marked for deletion"), "{set:?}");
}

#[tokio::test]
async fn a_malformed_row_is_listed_and_can_be_replaced() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["apply", "-f", "-"], SETTINGS).await.code, 0);
    aws.spoil("settings", AttributeValue::S("{}".into())).await;
    let (code, list) = aws.json(&["list"], "").await;
    let row = &list["integrations"][0];
    assert_eq!((code, &row["state"], &row["name"]), (3, &json!("malformed"), &json!(null)));
    let export = aws.run(&["export", "shop-a"], "").await;
    assert!(line(&export).starts_with("the stored settings of shop-a cannot be used: "), "{export:?}");
    assert!(line(&export).ends_with("; empikctl apply replaces them"), "{export:?}");
    let dry = aws.run(&["apply", "-f", "-", "--dry-run"], SETTINGS).await;
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "shop-a: would be replaced\n"));
    assert!(dry.stderr.starts_with("what was stored could not be used: "), "{dry:?}");
    let (code, applied) = aws.json(&["apply", "-f", "-"], SETTINGS).await;
    assert_eq!((code, &applied["outcome"]), (0, &json!("replaced")));
    assert!(applied["enabled_at"].is_string(), "{applied}");
    assert_eq!(aws.run(&["list"], "").await.code, 0);
}

#[tokio::test]
async fn a_row_of_a_newer_version_is_left_alone() {
    let aws = Aws::new().await;
    assert_eq!(aws.run(&["apply", "-f", "-"], SETTINGS).await.code, 0);
    aws.spoil("schema", AttributeValue::N("99".into())).await;
    for arguments in [&["apply", "-f", "-"][..], &["apply", "-f", "-", "--dry-run"]] {
        let run = aws.run(arguments, SETTINGS).await;
        let words = "an item of the table bridge-integrations in eu-central-1 cannot be used: it was written by \
                     a newer version of the bridge; use an empikctl as new as that";
        assert_eq!(line(&run), words);
    }
    let (code, list) = aws.json(&["list"], "").await;
    assert_eq!((code, &list["integrations"][0]["state"]), (3, &json!("malformed")));
}

#[tokio::test]
async fn what_a_newer_version_has_remembered_is_told_and_left_alone() {
    let shop = Shop::joined().await;
    let (thread, ticket) = shop.question("Czy jest wersja zielona?").await;
    shop.answer(ticket, "ok").await;
    let newer = "was written by a newer version of the bridge; use an empikctl as new as that";
    let spoil = async |table: &str, keys: [(&str, String); 2]| {
        let key = keys.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let update = shop.aws.client.update_item().table_name(table).set_key(Some(key.into()));
        let update = update.update_expression("SET #s = :s").expression_attribute_names("#s", "schema");
        update
            .expression_attribute_values(":s", AttributeValue::N("99".into()))
            .send()
            .await
            .expect("spoilt");
    };
    let scan = shop.aws.client.scan().table_name(CONVERSATIONS).send().await.expect("the items");
    let text = |item: &std::collections::HashMap<String, AttributeValue>, name: &str| {
        item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    let conversation =
        scan.items().iter().find(|item| text(item, "item") == "conversation").expect("an item");
    spoil(
        CONVERSATIONS,
        [("conversation", text(conversation, "conversation")), ("item", "conversation".into())],
    )
    .await;
    for command in [&["explain", &thread][..], &["conversations", "shop-a"], &["parked", "shop-a"]] {
        let run = shop.run(command).await;
        assert!(run.code != 0 && format!("{run:?}").contains(newer), "{command:?}: {run:?}");
    }
    spoil(INTEGRATIONS, [("integration", "shop-a".into()), ("item", "cursor".into())]).await;
    for command in [&["status"][..], &["doctor"]] {
        let run = shop.run(command).await;
        assert!(run.code == 1 && run.stderr.contains(newer), "{command:?}: {run:?}");
    }
}
