//! What is missing or refused in AWS is told as what it is, by the functions' own programs.

use aws_sdk_dynamodb::types::AttributeValue;
use stage::{FIRST_SHOP, aws, hint};

use super::*;

async fn poller(stage: &Stage) -> Function {
    Function::start(&binaries().0, &stage.aws.environment()).await
}

async fn rows(poller: &Function) -> Vec<(String, String, String)> {
    let result = poller.invoke(json!({})).await.expect("a result");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = result["integrations"].as_array().expect("rows").iter();
    rows.map(|row| (text(&row["integration"]), text(&row["status"]), text(&row["reason"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_malformed_or_has_no_secret_leaves_the_others_alone() {
    let stage = Stage::with_one().await;
    stage.put_settings("shop-b", FIRST_SHOP, &stage.twins.empikplace(), &stage.twins.thulium()).await;
    let broken = stage.aws.dynamodb.put_item().table_name(aws::INTEGRATIONS);
    let broken = broken.item("integration", AttributeValue::S("shop-c".into()));
    let broken = broken.item("item", AttributeValue::S("settings".into()));
    broken.item("settings", AttributeValue::S("{".into())).send().await.expect("stored");
    stage.world.open_thread(NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?")).expect("a thread");

    let poller = poller(&stage).await;
    let rows = rows(&poller).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!((rows[0].1.as_str(), stage.world.tickets().len()), ("ok", 1));
    assert_eq!(rows[1].2, "no secret \"stage/bridge/shop-b\"; empikctl secrets set shop-b adds it");
    assert!(rows[2].2.starts_with("the stored settings cannot be used: "), "{}", rows[2].2);
    // The alarm on failing ticks hears of both.
    poller.logged("\"TickFailed\":1", 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_right_is_told_with_the_action() {
    let stage = Stage::with_one().await;
    let lacks = "answered 403: the role lacks the right to this call on the";
    for action in ["secretsmanager:GetSecretValue", "dynamodb:UpdateItem", "dynamodb:Scan"] {
        stage.aws.deny(&[action]);
        // A fresh one each time: what was read of a secret is kept, and for a while that it was refused.
        let poller = poller(&stage).await;
        let told = match poller.invoke(json!({})).await {
            Ok(result) => {
                let row = &result["integrations"][0];
                assert_eq!(row["status"], "failed", "{action}");
                row["reason"].as_str().expect("a reason").to_owned()
            }
            Err(error) => error["errorMessage"].as_str().expect("a message").to_owned(),
        };
        assert!(told.contains(action) && told.contains(lacks), "{action}: {told}");
        assert!(!told.contains("arn:aws"), "{told}");
        stage.aws.deny(&[]);
        if action != "secretsmanager:GetSecretValue" {
            assert_eq!(rows(&poller).await[0].1, "ok", "the right was granted meanwhile");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_table_or_variable_is_named() {
    let stage = Stage::with_one().await;
    let with = |change: fn(&mut (&'static str, String))| {
        let mut environment = stage.aws.environment();
        environment.iter_mut().for_each(change);
        environment
    };
    let elsewhere = with(|(name, value)| {
        if *name == "INTEGRATIONS_TABLE" {
            *value = "nowhere".into();
        }
    });
    let nameless = with(|(name, value)| {
        if *name == "SECRETS_PREFIX" {
            value.clear();
        }
    });
    for (environment, told) in [
        (elsewhere, ["dynamodb:Scan: answered 404", "the table does not exist"]),
        (nameless, ["not set up", "the environment variable SECRETS_PREFIX is not set or empty"]),
    ] {
        let poller = Function::start(&binaries().0, &environment).await;
        let error = poller.invoke(json!({})).await.expect_err("nothing can be done");
        let message = error["errorMessage"].as_str().expect("a message");
        assert!(told.iter().all(|part| message.contains(part)), "{message}");
        let lines = poller.logged("invocation.failed", 1).await;
        assert!(lines.iter().any(|line| line.contains(told[1]) && line.contains("\"level\":\"ERROR\"")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_aws_says_and_nothing_of_a_secret_comes_out() {
    const CANARY: &str = "kanarek7q";
    let stage = Stage::with_one().await;
    let mut environment = stage.aws.environment();
    for (name, value) in &mut environment {
        if matches!(*name, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY") {
            *value = format!("{CANARY}{}", value.len());
        }
    }
    environment.push(("AWS_SESSION_TOKEN", format!("{CANARY}session")));
    stage.world.open_thread(NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?")).expect("a thread");
    let quoting = aws::error("ValidationException", &format!("the item {CANARY} jan@ptak.example is wrong"));
    let html = format!("<html>{CANARY}</html>");
    let long_code = aws::error(&format!("{CANARY} with words"), CANARY);
    let actions = [
        "secretsmanager:GetSecretValue",
        "dynamodb:Scan",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "dynamodb:PutItem",
        "dynamodb:TransactWriteItems",
    ];
    let (poller, callback) = binaries();
    let mut heard = 0;
    let mut silent = |what: &str, text: String| {
        heard += 1;
        assert!(!text.contains(CANARY), "{what}: {text}");
    };
    for action in actions {
        for (status, body) in [(400, &quoting), (400, &long_code), (500, &html), (200, &html)] {
            stage.aws.refuse(&[action], status, body);
            for (binary, event) in [(&poller, json!({})), (&callback, hint(1))] {
                let function = Function::start(binary, &environment).await;
                let outcome = function.invoke(event).await;
                silent(action, format!("{outcome:?}"));
                silent(action, function.lines().join("\n"));
            }
        }
    }
    stage.aws.deny(&[]);
    for broken in [format!("{CANARY}: {{"), format!("{{\"{CANARY}\":1}}"), format!("[\"{CANARY}\"]")] {
        stage.aws.put_secret("shop-a", &broken);
        for (binary, event) in [(&poller, json!({})), (&callback, hint(1))] {
            let function = Function::start(binary, &environment).await;
            silent("a broken secret", format!("{:?}", function.invoke(event).await));
            silent("a broken secret", function.lines().join("\n"));
        }
    }
    assert!(heard > 100, "{heard}");
}

/// Every call to Secrets Manager, in both functions, with every fault: later the message and the reply
/// are where they belong, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_costs_time_and_nothing_else() {
    const GET: &str = "secretsmanager:GetSecretValue";
    let throttled = aws::error("ThrottlingException", "Rate exceeded");
    let gone = aws::error("InternalServiceError", "x");
    let faults = [(400, throttled.as_str()), (500, &gone), (200, "{"), (200, "{}"), (aws::SILENT, "")];
    let (poller, callback) = binaries();
    for (status, body) in faults {
        let stage = Stage::with_one().await;
        let environment = stage.aws.environment();
        let thread = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        let thread = stage.world.open_thread(thread).expect("a thread").thread_id;
        // Once with the fault and a process that is killed over it, and once more in a new process.
        let twice = async |binary: &Path, event: Value| {
            stage.aws.refuse(&[GET], status, body);
            let function = Function::start(binary, &environment).await;
            let patience = Duration::from_secs(if status == aws::SILENT { 1 } else { 30 });
            let outcome = tokio::time::timeout(patience, function.invoke(event.clone())).await;
            drop(function);
            stage.aws.refuse(&[], status, body);
            let function = Function::start(binary, &environment).await;
            (outcome.ok(), function.invoke(event).await.expect("a result"))
        };
        let (failed, row) = twice(&poller, json!({})).await;
        let failed = failed.map(|outcome| outcome.expect("a result")["integrations"][0]["status"].clone());
        assert_eq!(failed, (status != aws::SILENT).then(|| json!("failed")), "{status} {body}");
        assert_eq!(row["integrations"][0]["tickets_created"], 1, "{status} {body}: {row}");
        let ticket = stage.world.tickets()[0].ticket_id;
        let reply = AgentReply::new("akowalska", "<p>W drodze.</p>");
        stage.world.agent_reply(ticket, reply).expect("a reply");
        let (failed, answer) = twice(&callback, hint(ticket)).await;
        let failed = failed.map(|outcome| outcome.expect("an answer")["statusCode"].clone());
        assert!(failed.is_none_or(|code| code != 204), "{status} {body}: not understood, and said so");
        assert_eq!(answer["statusCode"], 204, "{status} {body}");
        let sent = stage.world.thread(&thread).expect("the thread").messages;
        assert_eq!(sent.iter().filter(|message| message.author == Author::Api).count(), 1);
        let comparison = stage.world.comparison();
        assert!(comparison.clean, "{:#?}", comparison.findings);
    }
}
