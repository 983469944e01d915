//! What is drawn for an episode: how the two systems behave where nobody knows, what the shop has set,
//! and how often things go wrong.

use std::collections::BTreeSet;

use bridge::settings::{CommentParameter, Language, Settings};
use fastrand::Rng;
use twins::{
    ClosedTicket, DelayedReplyDate, Envelope, FieldsShape, LastPage, MergedTicket, MessageOrder,
    ReplyEscaping, SeekAnchor, ShopOptions, Switches, ThreadOrder, Undocumented, World, WorldOptions,
};

use crate::episode::Plan;
use crate::pieces::Piece;
use crate::shop::{Shop, Shops, apart};
use crate::sim::Rates;

const SETTINGS: &str = r#"
id = "shop-a"
name = "Sklep A"

[empikplace]
url = "http://twins.test/empikplace"
shop_id = 2000
calls_per_hour = 3600

[thulium]
url = "http://twins.test/thulium"
mailbox = "empik@shop.example"
reply_address = "{thread}@noreply.shop.example"
queue_id = 7
category_id = 3
customer_field = "Empik ID"
thread_field = "Empik wątek"
order_field = "Empik zamówienie"
products_field = "Empik produkty"
conversation_field = "Empik rozmowa"
comment_login = "api"
"#;

/// A setting that some shops have.
type Setting = fn(&mut Settings, &mut Rng);

/// How many settings are drawn, of two shops.
pub const MOST_SETTINGS: u64 = 2 * SETTINGS_DRAWN.len() as u64;

/// Settings that are switched on in one of so many episodes.
const SETTINGS_DRAWN: [(u8, Setting); 9] = [
    (6, |settings, _| settings.replies.receipts = true),
    (4, |settings, _| settings.replies.operator_copy = true),
    (3, |settings, _| settings.replies.settle_seconds = 20),
    (4, |settings, dice| {
        settings.replies.stale_guard = true;
        settings.replies.stale_minutes = dice.u32(0..4);
    }),
    (4, |settings, _| settings.replies.remind_after_hours = 1),
    (4, |settings, _| settings.thulium.reply_needed_field = "Empik czeka od".to_owned()),
    (4, |settings, _| settings.empikplace.order_watch_days = 0),
    (6, |settings, _| settings.replies.automatic = false),
    (6, |settings, _| settings.replies.auto_reply = OWN_REPLY.to_owned()),
];

/// The bridge's own automatic reply.
pub const OWN_REPLY: &str = "Dzień dobry, odpowiemy jutro rano.";

/// The number of the second shop on EmpikPlace, where both are there.
const SECOND: u64 = 2001;

/// Mailboxes in Thulium.
const MAILBOXES: [&str; 2] = ["empik@shop.example", "empik-b@shop.example"];

/// The shops of an episode, each in its twins.
///
/// # Panics
/// Where they cannot be set up, which is a fault of this crate.
#[allow(clippy::expect_used, reason = "a simulation that cannot be set up is a failed test")]
pub fn shops(dice: &mut Rng, plan: &Plan) -> Vec<Shop> {
    let mut apart = apart(plan.seed).fork();
    let mut world = WorldOptions { seed: plan.seed, ..WorldOptions::default() };
    let own = world.clone();
    // Two shops may belong to one user of EmpikPlace.
    let key = if apart.bool() { "empik-key" } else { "empik-key-b" };
    if plan.shops == Shops::OneDesk {
        world.shops.push(ShopOptions::new(SECOND, key, "Sklep B"));
        world.thulium.mailboxes = MAILBOXES.map(str::to_owned).to_vec();
        for (shop, mailbox) in world.shops.iter_mut().zip(MAILBOXES) {
            shop.mailbox = mailbox.to_owned();
        }
    }
    let world = World::new(world).expect("a world");
    world.switch(|all| switches(dice, all));
    let mut read = Settings::from_toml(SETTINGS).expect("settings");
    let mut second = read.clone();
    draw(&mut read, dice, &plan.without, 0);
    let first = Shop::new(0, (0, world.clone()), read, "empik-key");
    second.id = "shop-b".parse().expect("an id");
    second.name = "Sklep B".to_owned();
    second.language = Language::En;
    draw(&mut second, &mut apart, &plan.without, SETTINGS_DRAWN.len() as u64);
    let second = match plan.shops {
        Shops::One => return vec![first],
        Shops::OneDesk => {
            second.empikplace.shop_id = SECOND.try_into().ok();
            second.thulium.mailbox = MAILBOXES[1].to_owned();
            second.thulium.queue_id = Some(8);
            let mut second = Shop::new(1, (0, world), second, key);
            second.borrows_ids = apart.bool();
            second
        }
        Shops::TwoDesks => {
            // From one seed both worlds draw the same ids.
            let world = World::new(own).expect("a world");
            world.switch(|all| switches(&mut apart, all));
            Shop::new(1, (1, world), second, "empik-key")
        }
    };
    vec![first, second]
}

/// Draws the settings of a shop. `from`: the number of the first of them among the pieces.
fn draw(settings: &mut Settings, dice: &mut Rng, without: &BTreeSet<Piece>, from: u64) {
    for (n, (one_of, set)) in (from..).zip(SETTINGS_DRAWN) {
        let mut dice = dice.fork();
        if dice.u8(0..one_of) == 0 && !without.contains(&Piece::Setting(n)) {
            set(settings, &mut dice);
        }
    }
}

/// How the systems behave in an episode where nobody has established it.
fn switches(dice: &mut Rng, switches: &mut Switches) {
    let (shop, desk) = (&mut switches.empikplace, &mut switches.thulium);
    let undocumented = [Undocumented::Ignored, Undocumented::Accepted, Undocumented::Rejected];
    let mut one = |n: usize| dice.usize(0..n);
    desk.response_attachments = undocumented[one(3)];
    desk.comment_attachments = undocumented[one(3)];
    desk.comment_parameter = CommentParameter::ALL[one(5)].as_str().to_owned();
    desk.closed_ticket = [ClosedTicket::Reopened, ClosedTicket::StaysClosed][one(2)];
    desk.customers_envelope = [Envelope::Result, Envelope::Array][one(2)];
    desk.dictionary_envelope = [Envelope::Result, Envelope::Array][one(2)];
    desk.fields_shape = [FieldsShape::Object, FieldsShape::List][one(2)];
    desk.customer_search_lag_seconds = [0, 0, 30, 150][one(4)];
    desk.ticket_search_lag_seconds = [0, 0, 30, 150][one(4)];
    desk.reply_visible_after_seconds = [0, 0, 0, 45][one(4)];
    desk.delayed_reply_date = [DelayedReplyDate::Visible, DelayedReplyDate::Written][one(2)];
    desk.message_order = [MessageOrder::NewestFirst, MessageOrder::OldestFirst][one(2)];
    desk.plain_shown_as_html = one(2) == 1;
    desk.date_from_inclusive = one(2) == 1;
    desk.autoresponder.enabled = one(4) == 1;
    shop.reply_escaping = [ReplyEscaping::AsIs, ReplyEscaping::EscapeHtml, ReplyEscaping::StripTags][one(3)];
    shop.order = [ThreadOrder::NewestFirst, ThreadOrder::OldestFirst][one(2)];
    shop.message_order = [MessageOrder::NewestFirst, MessageOrder::OldestFirst][one(2)];
    shop.seek_anchor = [SeekAnchor::DateAtIssue, SeekAnchor::ThreadIdNow][one(2)];
    shop.last_page = [LastPage::Absent, LastPage::Null, LastPage::Empty][one(3)];
    shop.no_reply_needed_bumps = one(2) == 1;
    shop.participants_without_id = one(8) == 1;
    // Of a copy, so that older storms stay as they were.
    let merged = [MergedTicket::Itself, MergedTicket::Itself, MergedTicket::Target, MergedTicket::NotFound];
    desk.merged_ticket = merged[dice.clone().usize(0..4)];
}

/// How often things go wrong in an episode.
pub fn rates(dice: &mut Rng) -> Rates {
    let level = *dice.choice(&[0.0, 0.01, 0.03, 0.08, 0.2]).unwrap_or(&0.01);
    Rates {
        call: level,
        refusal: if dice.u8(0..6) == 0 { 0.01 } else { 0.0 },
        table: level / *dice.choice(&[1.0, 4.0, 10.0]).unwrap_or(&1.0),
        freeze: level / 20.0,
        stale: if level > 0.0 { 0.3 } else { 0.0 },
    }
}
