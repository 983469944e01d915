//! Buyers, the operator, colleagues in the panel and agents, doing what people do at random.

use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use jiff::SignedDuration;
use twins::{AgentReply, Author, NewComment, NewFile, NewMessage, NewThread, ParticipantKind};

use crate::shop::Shop;
use crate::sim::{Host, Sim, pause};
use crate::timeline::Millis;
use crate::visits::{Kind, visit};

/// Threads in one episode: enough for pages, few enough to look at all of them at the end.
const MOST_THREADS: usize = 40;

/// What agents say again and again.
const USUAL: [&str; 3] =
    ["<p>Dziękujemy za wiadomość.</p>", "<p>Sprawdzamy to.</p>", "<p>Paczka jest w drodze!</p>"];

/// A thread as people know it.
#[derive(Clone)]
struct Known {
    shop: Arc<Shop>,
    id: String,
    with_buyer: bool,
}

/// The people of an episode.
pub struct People {
    sim: Arc<Sim>,
    callbacks: Vec<Arc<Host>>,
    threads: Mutex<Vec<Known>>,
    said: Mutex<u64>,
    /// The dice of the act at hand: what is drawn for one act is not changed by another that is left out.
    dice: Mutex<Rng>,
}

impl People {
    /// People, and the hosts that Thulium calls when an agent has answered.
    pub fn new(sim: Arc<Sim>, callbacks: Vec<Arc<Host>>) -> Arc<People> {
        let dice = Mutex::new(sim.draw(Rng::fork));
        Arc::new(People { sim, callbacks, threads: Mutex::default(), said: Mutex::new(0), dice })
    }

    /// Lives until the storm is over.
    pub async fn live(self: Arc<Self>, mean: Millis) {
        let mut rhythm = self.sim.draw(Rng::fork);
        loop {
            self.sim.timeline.sleep(pause(&mut rhythm, mean)).await;
            if self.sim.is_calm() {
                return;
            }
            *self.dice.lock().unwrap_or_else(PoisonError::into_inner) = rhythm.fork();
            if self.sim.acts() {
                self.act();
            }
        }
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn chance(&self, chance: f64) -> bool {
        self.draw(|dice| dice.f64()) < chance
    }

    fn choose<T: Clone>(&self, among: &[T]) -> Option<T> {
        self.draw(|dice| dice.choice(among).cloned())
    }

    /// Whose turn it is.
    fn shop(&self) -> Arc<Shop> {
        let shops = &self.sim.shops;
        let one = if shops.len() > 1 { self.draw(|dice| dice.usize(0..shops.len())) } else { 0 };
        shops[one].clone()
    }

    /// A text that nobody else has written.
    fn text(&self, who: &str) -> String {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said += 1;
        let end = self.draw(|dice| dice.choice(["<b>żółw</b> & co", "10 < 20", "proszę o kontakt", "🙂 ok"]));
        format!("<p>{who} pisze po raz {said}: gdzie jest paczka?</p><p>{}</p>", end.unwrap_or_default())
    }

    fn files(&self, name: &str) -> Vec<NewFile> {
        match self.draw(|dice| dice.u8(0..8)) {
            0 => vec![NewFile::new(&format!("{name}.txt"), self.text(name).as_bytes())],
            1 => vec![
                NewFile::new("zdjęcie 1.jpg", self.text(name).as_bytes()),
                NewFile::new("faktura.pdf", self.text(name).as_bytes()),
            ],
            _ => Vec::new(),
        }
    }

    fn act(&self) {
        let known = self.threads.lock().unwrap_or_else(PoisonError::into_inner).len();
        let act = self.draw(|dice| dice.u8(0..100));
        match act {
            _ if known == 0 => self.opens(),
            0..12 if known < MOST_THREADS => self.opens(),
            0..35 => self.writes(Author::Customer),
            35..42 => self.writes(Author::Operator),
            42..50 => self.writes(Author::Shop),
            50 => self.needs_no_reply(),
            51 => self.order_changes(),
            _ => self.agent(act),
        }
    }

    fn opens(&self) {
        let shop = self.shop();
        let buyer = self.draw(|dice| dice.u32(1..15));
        let (id, name) = (format!("C-{buyer}"), format!("Jan K{buyer}."));
        let mut thread = NewThread::from_customer(&id, &name, &self.text("Klient"));
        thread.shop_id = Some(shop.shop_id());
        let kind = self.draw(|dice| dice.u8(0..10));
        if kind < 4 {
            // Shops on one marketplace have no order in common; on two, the same ids may occur.
            let mut order = format!("{buyer}00-A");
            if shop.borrows_ids {
                let other = std::mem::replace(&mut order, format!("{buyer}00-B"));
                shop.borrow_id(&order, &other);
            }
            let lines = serde_json::json!([{ "product_title": "Książka", "quantity": 1, "price": 39.9 }]);
            let order_of =
                serde_json::json!({ "order_id": order, "order_lines": lines, "shop_id": shop.shop_id() });
            // The order may be there already; then it is changed.
            let _ = shop.world.put_order(order_of);
            thread = thread.about_order(&order);
        }
        if kind == 9 {
            thread.customer = None;
            thread.body = self.text("Operator");
        } else if kind == 8 {
            thread.from = Some(Author::Shop);
            thread.body = self.text("Sklep");
        }
        thread.attachments = self.files("Klient");
        let with_buyer = thread.customer.is_some();
        if let Ok(opened) = shop.world.open_thread(thread) {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            let mut others = threads.iter().filter(|known| known.shop.number != shop.number);
            if shop.borrows_ids
                && let Some(other) = others.find(|other| !shop.borrows(&other.id))
            {
                shop.borrow_id(&opened.thread_id, &other.id);
            }
            let id = shop.shown(&opened.thread_id);
            self.sim.note(|| format!("somebody opens thread {id} of {}", shop.settings.id));
            threads.push(Known { shop, id: opened.thread_id, with_buyer });
        }
    }

    fn order_changes(&self) {
        let shop = self.shop();
        let orders = shop.world.orders();
        let Some(order) = self.choose(&orders) else { return };
        let state = self.draw(|dice| *dice.choice(&["SHIPPING", "SHIPPED", "RECEIVED"]).unwrap_or(&"CLOSED"));
        let changed = serde_json::json!({ "order_id": order["order_id"], "order_state": state });
        if shop.world.put_order(changed).is_ok() {
            self.sim.note(|| format!("order {} is {state}", order["order_id"]));
        }
    }

    fn thread(&self) -> Option<Known> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.choose(&threads)
    }

    fn writes(&self, from: Author) {
        let Some(Known { shop, id, with_buyer }) = self.thread() else { return };
        let from = if with_buyer { from } else { Author::Operator };
        let who = match from {
            Author::Customer => "Klient",
            Author::Operator => "Operator",
            _ => "Kolega",
        };
        let mut message = NewMessage::new(from, &self.text(who));
        if from == Author::Operator && with_buyer && self.chance(0.5) {
            message.to = Some(vec![ParticipantKind::Shop, ParticipantKind::Customer]);
        }
        message.attachments = self.files(who);
        // A thread can be full.
        if shop.world.write(&id, message).is_ok() {
            self.sim.note(|| format!("{who} writes in thread {} of {}", shop.shown(&id), shop.settings.id));
        }
    }

    fn needs_no_reply(&self) {
        if let Some(Known { shop, id, .. }) = self.thread() {
            let _ = shop.world.no_reply_needed(&id, ParticipantKind::Shop);
        }
    }

    fn agent(&self, act: u8) {
        let shop = &self.shop();
        let world = &shop.world;
        let tickets: Vec<u64> = world.ticket_ids();
        let Some(ticket) = self.choose(&tickets) else { return };
        // Refusals here only mean that the ticket has gone meanwhile.
        match act {
            52..84 => {
                let usual = self.chance(0.15).then(|| self.choose(&USUAL)).flatten();
                let body = usual.map_or_else(|| self.text("Agent"), str::to_owned);
                let mut reply = AgentReply::new("akowalska", &body);
                reply.attachments = self.files("Agent");
                if let Ok(id) = world.agent_reply(ticket, reply) {
                    self.sim.note(|| format!("an agent replies in ticket {ticket}: {id}"));
                    self.calls(shop, ticket);
                }
            }
            84..91 => {
                let text = self.text("Wewnętrznie");
                let comment = NewComment { login: "jnowak".to_owned(), text, attachments: Vec::new() };
                if world.agent_comment(ticket, comment).is_ok() {
                    self.calls(shop, ticket);
                }
            }
            91..95 => {
                if world.close_ticket(ticket).is_ok() {
                    self.calls(shop, ticket);
                }
            }
            95..97 => {
                let queue = if self.chance(0.5) { 7 } else { 8 };
                let _ = world.move_ticket(ticket, queue);
            }
            98 if self.chance(0.3) => self.merges(shop, ticket, &tickets),
            97..99 => {
                let _ = world.automatic_reply(ticket, "<p>Odpowiemy w ciągu jednego dnia.</p>", "");
            }
            99 if self.chance(0.5) => {
                if world.delete_ticket(ticket).is_ok() {
                    self.sim.note(|| format!("an agent deletes ticket {ticket}"));
                    self.calls(shop, ticket);
                }
            }
            // Somebody calls who should not.
            _ => self.calls(shop, ticket + 1000),
        }
    }

    /// An agent merges two tickets that stood apart for a while, neither of which was merged before.
    fn merges(&self, shop: &Shop, source: u64, tickets: &[u64]) {
        let Some(target) = self.choose(tickets) else { return };
        let all: Vec<_> = tickets.iter().filter_map(|id| shop.world.ticket(*id)).collect();
        let is_target = |id: u64| all.iter().any(|ticket| ticket.merged_into == Some(id));
        let old = self.sim.timeline.time() - SignedDuration::from_mins(10);
        let apart =
            |id: u64| all.iter().any(|t| t.ticket_id == id && t.merged_into.is_none() && t.created_at < old);
        if !apart(source) || !apart(target) || is_target(source) {
            return;
        }
        if shop.world.merge_tickets(source, target).is_ok() {
            self.sim.note(|| format!("an agent merges ticket {source} into ticket {target}"));
            self.calls(shop, source);
            self.calls(shop, target);
        }
    }

    /// Thulium calls back: every shop of the account, since the calls bear no shop. An address of the other
    /// account's shop may be entered, too.
    fn calls(&self, shop: &Shop, ticket: u64) {
        for called in &self.sim.shops {
            if called.desk == shop.desk || self.chance(0.1) {
                self.calls_one(called.number, ticket);
            }
        }
    }

    /// A call in time, late, out of order, twice, or not at all.
    fn calls_one(&self, shop: usize, ticket: u64) {
        let times = self.draw(|dice: &mut Rng| match dice.u8(0..10) {
            0..3 => 0,
            3..9 => 1,
            _ => 2,
        });
        for _ in 0..times {
            let Some(host) = self.choose(&self.callbacks) else { return };
            let sim = self.sim.clone();
            let pause = self.draw(|dice| pause(dice, 5_000));
            self.sim.timeline.spawn(async move {
                sim.timeline.sleep(pause).await;
                visit(&sim, &host, Kind::Hint(shop, ticket));
            });
        }
    }
}
