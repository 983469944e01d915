//! The programs that are measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use stage::{FIRST_SHOP, Function, Stage};

/// A program that answers a Runtime API's events.
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// One that was built: beside this one, or in the folder that `FUNCTIONS` names.
    pub fn named(name: &str) -> Program {
        let own = std::env::current_exe().expect("a path");
        let path = match std::env::var_os("FUNCTIONS") {
            Some(folder) => Path::new(&folder).join(name),
            None => own.with_file_name(name),
        };
        Program { path, arguments: Vec::new(), environment: Vec::new() }
    }

    /// The peer in Python; `None` where there is no Python with its libraries.
    pub fn peer() -> Option<Program> {
        // The interpreter itself, rather than what chooses one.
        let question = "import sys, boto3, requests; print(sys.executable)";
        let answer = Command::new("python3").args(["-c", question]).output().ok();
        let answer = answer.filter(|answer| answer.status.success())?;
        let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer/peer.py").to_owned();
        Some(Program { path, arguments: vec!["-B".into(), script], environment: Vec::new() })
    }

    /// With the settings of `shop-a` in its environment, for the peer.
    pub fn for_stage(&self, stage: &Stage, empikplace: &str, thulium: &str) -> Program {
        let settings = json!({
            "id": "shop-a", "shop_id": FIRST_SHOP, "empikplace": empikplace, "thulium": thulium,
            "enabled_at": stage.world.now().to_string(), "mailbox": "empik@shop.example",
            "reply_address": "{thread}@noreply.shop.example", "queue_id": 7, "category_id": 3,
            "customer_field": "Empik ID", "thread_field": "Empik wątek",
        });
        Program {
            path: self.path.clone(),
            arguments: self.arguments.clone(),
            environment: vec![("PEER_SETTINGS", settings.to_string())],
        }
    }

    /// With more in its environment.
    pub fn with(mut self, more: &[(&'static str, String)]) -> Program {
        self.environment.extend_from_slice(more);
        self
    }

    /// Starts it and waits until it asks for an event.
    pub async fn start(&self, stage: &Stage) -> Function {
        let mut environment = stage.aws.environment();
        environment.extend_from_slice(&self.environment);
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let function = Function::start_with(&self.path, &arguments, &environment).await;
        function.started().await;
        function
    }

    /// How large it is, in bytes.
    pub fn size(&self) -> u64 {
        std::fs::metadata(&self.path).expect("a program").len()
    }
}

/// A tick of everything: the row of the first integration.
pub async fn tick(poller: &Function) -> Value {
    let result = poller.invoke(json!({ "shard": 0, "shards": 1 })).await.expect("a result");
    let row = result["integrations"][0].clone();
    assert_eq!(row["status"], "ok", "{result}");
    row
}
