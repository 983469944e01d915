//! What the ledger holds on a buyer is removed: the hash under which the CRM record was noted, the
//! buyer's id and the CRM customer's in their conversations. Threads, tickets and hashes of messages
//! stay, without which the same messages would be carried again.

use bridge::ledger::{Ledger, Write};
use bridge::settings::IntegrationId;
use ledger::Table;
use serde_json::json;

use crate::Options;
use crate::access::Tables;
use crate::answer::{Error, Exit, Report};
use crate::{repair, words};

pub(crate) async fn erase(
    options: &Options,
    id: &IntegrationId,
    buyer: &str,
    yes: bool,
) -> Result<Report, Error> {
    let tables = Tables::of(options).await?;
    let failed = |failure| tables.failed(Table::Conversations, &failure);
    let all = tables.ledger.conversations(id, usize::MAX).await.map_err(failed)?;
    let owner = repair::owner()?;
    let (mut conversations, mut busy) = (0_usize, 0_usize);
    for listed in all.into_iter().filter(|listed| listed.buyer.as_deref() == Some(buyer)) {
        conversations += 1;
        if !yes {
            continue;
        }
        let loaded = tables.load(&listed.key).await?;
        let Some(mut conversation) = loaded.conversation else { continue };
        conversation.buyer = None;
        conversation.customer = None;
        conversation.version += 1;
        match tables.ledger.save(&conversation, &owner).await.map_err(failed)? {
            Write::Done => {}
            Write::Lost => busy += 1,
        }
    }
    let known = tables.ledger.buyer(id, buyer).await.map_err(failed)?.is_some();
    if yes && known {
        tables.ledger.delete_buyer(id, buyer).await.map_err(failed)?;
    }
    let mut talk = vec![words::life::erase_means()];
    if busy > 0 {
        talk.push(words::life::erase_again(busy));
    }
    if !yes {
        talk.push(words::repair::only_said(&format!("empikctl erase {id} --customer … --yes")));
    }
    let json = json!({
        "integration": id,
        "dry_run": !yes,
        "record": known,
        "conversations": conversations,
        "busy": busy,
    });
    let exit = if busy > 0 { Exit::Findings } else { Exit::Ok };
    Ok(Report { text: words::life::erased(conversations, known, yes) + "\n", json, talk, exit })
}
