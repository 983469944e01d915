//! The questions in their order, each answer tried on the live accounts by reading.

use bridge::settings::{Backfill, CategoryRule, Settings};
use empikplace::{Start, ThreadQuery};
use jiff::{SignedDuration, Timestamp};
use runtime::Credentials;
use secrecy::{ExposeSecret, SecretString};
use thulium::DictionaryItem;

use super::Answers;
use super::ask::Asker;
use crate::access::{address, http};
use crate::answer::Error;
use crate::secrets;
use crate::words;

/// The most pages of threads that are counted for a preview.
const PAGES: usize = 20;

/// Asks everything; `None`: the summary was not confirmed.
pub(super) async fn gather(
    asker: &mut Asker<'_>,
    mut settings: Settings,
    known: bool,
    secret: Option<Credentials>,
) -> Result<Option<Answers>, Error> {
    let (shop, key) = marketplace(asker, &mut settings, secret.as_ref()).await?;
    let (user, password) = helpdesk(asker, &mut settings, known, secret.as_ref()).await?;
    field(asker, &mut settings, "name", &words::setup::ask_name(), known, |s| &mut s.name)?;
    backfill(asker, &mut settings, known, &shop).await?;

    let callback = crate::local::callback(None);
    asker.say(&words::setup::about_callback());
    let default = callback.unwrap_or_else(|| "-".to_owned());
    let callback = asker.parsed(&words::setup::ask_callback(), Some(&default), |typed| match typed {
        "-" => Ok(None),
        url => address("callback", url).map(Some).map_err(|error| error.to_string()),
    })?;
    asker.say(&words::setup::about_self_test());
    let self_test = asker.yes(&words::setup::ask_self_test(), true)?;
    let enable = asker.yes(&words::setup::ask_enable(), true)?;
    let credentials = Credentials {
        empik_api_key: key,
        thulium_user: user,
        thulium_password: password,
        callback_user: match &secret {
            Some(secret) => secret.callback_user.clone(),
            None => secrets::DEFAULT_CALLBACK_USER.to_owned().into(),
        },
        callback_password: match &secret {
            Some(secret) => secret.callback_password.clone(),
            None => secrets::password()?.into(),
        },
        // A change of the callback password that is under way goes on.
        callback_before: secret.as_ref().and_then(|secret| secret.callback_before.clone()),
    };
    let answers = Answers { settings, credentials, callback, self_test, enable };
    let url = answers.callback.as_ref().map(url::Url::as_str);
    asker.say(&words::setup::summary(&answers.settings, url, answers.self_test, answers.enable));
    Ok(asker.yes(&words::setup::ask_write(), false)?.then_some(answers))
}

/// Address, key and shop, until EmpikPlace lets them in.
async fn marketplace(
    asker: &mut Asker<'_>,
    settings: &mut Settings,
    secret: Option<&Credentials>,
) -> Result<(empikplace::Client, SecretString), Error> {
    asker.say(&words::setup::about_empikplace());
    let mut kept = secret.map(|secret| secret.empik_api_key.clone());
    loop {
        let default = settings.empikplace.url.clone();
        let base = asker.parsed(&words::setup::ask_empikplace(), Some(&default), |typed| {
            address("empikplace.url", typed).map(|url| (typed.to_owned(), url)).map_err(|e| e.to_string())
        })?;
        settings.empikplace.url = base.0;
        let typed = asker.hidden(&words::setup::ask_key(), kept.is_some())?;
        let Some(key) = typed.map(SecretString::from).or(kept.take()) else { continue };
        let client = |shop| {
            let base = base.1.clone();
            Ok::<_, Error>(empikplace::Client::new(http()?, base, key.clone(), shop))
        };
        let mut shop = settings.empikplace.shop_id;
        let mut account = client(shop)?.account().await;
        while let Err(failure) = &account
            && matches!(failure.status(), Some(403 | 404))
        {
            // Several shops, or not this one.
            asker.say(&words::setup::which_shop());
            shop = Some(asker.parsed(&words::setup::ask_shop(), None, |typed| {
                typed.parse::<i64>().map_err(|_| words::setup::not_a_number())
            })?);
            account = client(shop)?.account().await;
        }
        match account {
            Ok(account) => {
                asker.say(&words::setup::shop(&account.shop_name, account.shop_id, &account.shop_state));
                settings.empikplace.shop_id = shop.or(account.shop_id);
                return Ok((client(settings.empikplace.shop_id)?, key));
            }
            Err(failure) if failure.status() == Some(401) => {
                kept = None;
                asker.say(&words::setup::key_refused());
            }
            Err(failure) => asker.say(&words::setup::no_answer("EmpikPlace", &failure.to_string())),
        }
    }
}

/// Address and API user, until Thulium lets them in; then what the account offers.
async fn helpdesk(
    asker: &mut Asker<'_>,
    settings: &mut Settings,
    known: bool,
    secret: Option<&Credentials>,
) -> Result<(SecretString, SecretString), Error> {
    asker.say(&words::setup::about_thulium());
    let mut kept = secret.map(|secret| secret.thulium_password.clone());
    let mut user_default = secret.map(|secret| secret.thulium_user.expose_secret().to_owned());
    let (client, user, password, queues) = loop {
        let default = known.then(|| settings.thulium.url.clone());
        let base = asker.parsed(&words::setup::ask_thulium(), default.as_deref(), |typed| {
            address("thulium.url", typed).map(|url| (typed.to_owned(), url)).map_err(|e| e.to_string())
        })?;
        settings.thulium.url = base.0;
        let user = asker.line(&words::setup::ask_user(), user_default.as_deref())?;
        let same = secret.is_some_and(|secret| secret.thulium_user.expose_secret() == user);
        let typed = asker.hidden(&words::setup::ask_password(), same && kept.is_some())?;
        let Some(password) = typed.map(SecretString::from).or(kept.take()) else { continue };
        let client = thulium::Client::new(http()?, base.1, user.clone(), password.clone());
        match client.queues().await {
            Ok(queues) => break (client, user, password, queues),
            Err(failure) => asker.say(&match failure.status() {
                Some(401) => words::setup::user_refused(),
                Some(403) => words::setup::no_right("GET ticket_queues"),
                _ => words::setup::no_answer("Thulium", &failure.to_string()),
            }),
        }
        user_default = Some(user);
    };

    let thulium = &mut settings.thulium;
    let empik = |items: &[(u64, String)]| {
        items.iter().find(|(_, name)| name.to_lowercase().contains("empik")).map(|(id, _)| *id)
    };
    let queues = listed(queues);
    let default = thulium.queue_id.or_else(|| empik(&queues));
    asker.say(&words::setup::about_queue());
    thulium.queue_id = asker.choice(&words::setup::ask_queue(), &queues, default)?;
    let categories = listed(client.categories().await.unwrap_or_default());
    if !categories.is_empty() {
        asker.say(&words::setup::about_category());
        thulium.category_id =
            asker.choice(&words::setup::ask_category(), &categories, thulium.category_id)?;
        rules(asker, &mut thulium.category_rules, &categories)?;
    }

    asker.say(&words::setup::about_mailbox());
    field(asker, settings, "thulium.mailbox", &words::setup::ask_mailbox(), known, |s| {
        &mut s.thulium.mailbox
    })?;
    if !known {
        let domain = settings.thulium.mailbox.rsplit('@').next().unwrap_or_default();
        settings.thulium.reply_address = format!("{{thread}}@noreply.{domain}");
    }
    asker.say(&words::setup::about_reply_address());
    field(asker, settings, "thulium.reply_address", &words::setup::ask_reply_address(), true, |s| {
        &mut s.thulium.reply_address
    })?;
    asker.say(&words::setup::about_fields());
    if !known {
        settings.thulium.customer_field = "Empik ID".to_owned();
        settings.thulium.thread_field = "Empik wątek".to_owned();
        settings.thulium.order_field = "Empik zamówienie".to_owned();
        settings.thulium.comment_login = user.clone();
    }
    field(asker, settings, "thulium.customer_field", &words::setup::ask_customer_field(), true, |s| {
        &mut s.thulium.customer_field
    })?;
    field(asker, settings, "thulium.thread_field", &words::setup::ask_thread_field(), true, |s| {
        &mut s.thulium.thread_field
    })?;
    field(asker, settings, "thulium.order_field", &words::setup::ask_order_field(), true, |s| {
        &mut s.thulium.order_field
    })?;
    field(asker, settings, "thulium.comment_login", &words::setup::ask_comment_login(), true, |s| {
        &mut s.thulium.comment_login
    })?;
    Ok((user.into(), password))
}

fn listed(items: Vec<DictionaryItem>) -> Vec<(u64, String)> {
    items.into_iter().map(|item| (item.id, item.name)).collect()
}

/// Words in the topic that lead to other categories.
fn rules(
    asker: &mut Asker<'_>,
    rules: &mut Vec<CategoryRule>,
    categories: &[(u64, String)],
) -> Result<(), Error> {
    asker.say(&words::setup::about_rules(rules.len()));
    loop {
        let word = asker.line(&words::setup::ask_rule(), Some("-"))?;
        if word == "-" {
            return Ok(());
        }
        let category = asker.choice(&words::setup::ask_rule_category(), categories, None)?;
        rules.extend(category.map(|category_id| CategoryRule {
            topic: Some(word),
            entity: None,
            sender: None,
            category_id,
            queue_id: None,
        }));
    }
}

/// A text of the settings, asked for until the settings' own check has nothing against it.
/// `-` leaves it empty.
fn field(
    asker: &mut Asker<'_>,
    settings: &mut Settings,
    key: &str,
    question: &str,
    offer: bool,
    place: impl Fn(&mut Settings) -> &mut String,
) -> Result<(), Error> {
    let default = offer.then(|| place(settings).clone()).filter(|text| !text.is_empty());
    loop {
        let typed = asker.line(question, default.as_deref())?;
        *place(settings) = if typed == "-" { String::new() } else { typed };
        let checked = Settings::from_toml(&settings.to_toml());
        let problems = checked.err().map(|error| error.problems).unwrap_or_default();
        match problems.iter().find(|problem| problem.path == key) {
            None => return Ok(()),
            Some(problem) => asker.say(&words::setup::wrong(&problem.what)),
        }
    }
}

/// From when on messages count, with a preview of what that brings.
async fn backfill(
    asker: &mut Asker<'_>,
    settings: &mut Settings,
    known: bool,
    shop: &empikplace::Client,
) -> Result<(), Error> {
    asker.say(&words::setup::about_backfill());
    let mut default = if known { settings.import.backfill.to_string() } else { "none".to_owned() };
    loop {
        let chosen = asker.parsed(&words::setup::ask_backfill(), Some(&default), |typed| {
            typed.parse::<Backfill>().map_err(|error| error.to_string())
        })?;
        settings.import.backfill = chosen;
        let now = Timestamp::now();
        let since = match chosen {
            Backfill::None => return Ok(()),
            Backfill::Days(days) => now - SignedDuration::from_hours(24 * i64::from(days)),
            Backfill::Since(since) => since,
        };
        match preview(shop, since).await {
            Ok((conversations, messages, more)) => {
                asker.say(&words::setup::preview(conversations, messages, more));
            }
            Err(why) => asker.say(&words::setup::no_answer("EmpikPlace", &why)),
        }
        if asker.yes(&words::setup::ask_backfill_fine(), true)? {
            return Ok(());
        }
        default = "none".to_owned();
    }
}

/// Conversations and messages since then, as far as a few pages tell.
async fn preview(shop: &empikplace::Client, since: Timestamp) -> Result<(usize, usize, bool), String> {
    let start =
        Start { updated_since: Some(since), with_messages: true, limit: Some(100), ..Start::default() };
    let mut query = ThreadQuery::Start(start);
    let (mut conversations, mut messages) = (0, 0);
    for _ in 0..PAGES {
        let page = shop.threads(&query).await.map_err(|failure| failure.to_string())?;
        for thread in &page.threads {
            let counts = |message: &&empikplace::model::Message| {
                !message.from.is_shop() && message.date_created.is_none_or(|at| at >= since)
            };
            let count = thread.messages.items.iter().filter(counts).count();
            conversations += usize::from(count > 0);
            messages += count;
        }
        match page.next {
            Some(token) => query = ThreadQuery::Page(token),
            None => return Ok((conversations, messages, false)),
        }
    }
    Ok((conversations, messages, true))
}
