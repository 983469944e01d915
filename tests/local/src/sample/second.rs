//! The second shop: an EmpikPlace account and a queue of its own, agents who read English, a reply of
//! the bridge's own, the guard against stale answers, and the reply clock.

use bridge::settings::{Language, Settings};
use jiff::SignedDuration;
use serde_json::Value;
use twins::{AgentReply, Author, NewThread, ShopOptions, WorldOptions};

use super::{Acted, Shop, buyer, texts};

pub(super) const SHOP: u64 = 2001;

/// The ticket field in which the reply clock stands.
pub(super) const CLOCK: &str = "Empik czeka od";

const KEY: &str = "empik-key-b";

/// A world with both shops.
pub fn options() -> WorldOptions {
    let mut options = WorldOptions::default();
    options.shops.push(ShopOptions::new(SHOP, KEY, "Sklep B"));
    options
}

/// The settings of the second shop, where the first has these.
///
/// # Errors
/// None.
pub fn settings(first: &Settings) -> anyhow::Result<Settings> {
    let mut settings = first.clone();
    settings.id = "shop-b".parse()?;
    settings.name = "Sklep B".into();
    settings.language = Language::En;
    settings.empikplace.shop_id = Some(SHOP.try_into()?);
    settings.thulium.queue_id = Some(8);
    settings.thulium.tags = vec!["empikplace".into(), "sklep-b".into()];
    settings.thulium.reply_needed_field = CLOCK.into();
    settings.replies.auto_reply =
        "Dzień dobry {name}, mamy Państwa pytanie o zamówienie {order}. Odpowiemy jeszcze dziś.".into();
    settings.replies.remind_after_hours = 1;
    settings.replies.stale_guard = true;
    Ok(settings)
}

/// The secret of the second shop, where the first has this one.
pub fn secret(mut first: Value) -> Value {
    first["empik_api_key"] = KEY.into();
    first
}

impl Shop {
    pub(super) fn second_shop(&mut self) -> Acted {
        for (key, id, name, order, body) in &texts::SECOND {
            self.open(key, of_second(buyer(id, name).about_order(order)), body)?;
        }
        Ok(())
    }

    pub(super) fn clock_runs(&mut self) -> Acted {
        self.write("kawa", Author::Customer, "<p>Dodam, że młynka jeszcze nie włączałam.</p>")
    }

    pub(super) fn an_hour_passes(&mut self) -> Acted {
        self.world.advance(SignedDuration::from_hours(1));
        Ok(())
    }

    pub(super) fn stale_answer(&mut self) -> Acted {
        self.reply(
            "kawa",
            AgentReply::new("akowalska", "<p>Dzień dobry, pokrywkę wyślemy dziś osobną paczką.</p>"),
        )?;
        self.write("czajnik", Author::Customer, "<p>Już nieaktualne, filtr się znalazł!</p>")?;
        self.reply("czajnik", AgentReply::new("jnowak", "<p>Dzień dobry, nowy filtr wyślemy jutro rano.</p>"))
    }

    pub(super) fn release(&mut self) -> Acted {
        self.reply("czajnik", AgentReply::new("jnowak", "<p>@wyślij</p>"))
    }

    pub(super) fn key_fails(&mut self) -> Acted {
        self.world.revoke_key(SHOP, None)?;
        self.write("paczka", Author::Customer, "<p>Paczka doszła, prezent uratowany!</p>")?;
        let asks = of_second(buyer("1061904", "Oskar Witek").about_order("2611-50303-B"));
        self.open("dzbanek", asks, "<p>Dzień dobry, czy do dzbanka jest zapasowe sitko?</p>")
    }

    pub(super) fn key_mended(&mut self) -> Acted {
        self.world.revoke_key(SHOP, Some(KEY))?;
        Ok(())
    }
}

fn of_second(mut thread: NewThread) -> NewThread {
    thread.shop_id = Some(SHOP);
    thread
}
