//! A page over a stack, and what a browser without a script does with it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use local::Logs;
use local::Stack;
use local::clock_of;
use local::page::{Feed, Page, PageOptions};
use local::play::{self, Play};
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode, header};
use runtime::SystemClock;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use twins::{AgentReply, MessageKind, NewThread, Ticket, Undocumented, World, WorldOptions};

/// Between two ticks of a page whose test lets the bridge tick by itself: longer than any test.
const NEVER: Duration = Duration::from_secs(3_600);

/// A page that is being served.
pub struct Site {
    pub stack: Arc<Stack>,
    pub page: Page,
    http: reqwest::Client,
}

/// What the bridges of all tests of this process log; a process has one place for that.
fn feed() -> Feed {
    static FEED: OnceLock<Feed> = OnceLock::new();
    let feed = FEED.get_or_init(|| {
        let feed = Feed::new(Arc::new(SystemClock));
        tracing_subscriber::registry().with(feed.layer()).init();
        feed
    });
    feed.clone()
}

impl Site {
    /// A world whose clock stands still, and a bridge that ticks when the test says so.
    pub async fn still() -> Site {
        let world = World::new(WorldOptions::default()).expect("a world");
        world.set_time("2026-11-23T13:00:00Z".parse().expect("a time"));
        Site::since(Stack::joined(world).await.expect("a stack"), None).await
    }

    /// A page over a bridge that ticks when the test says so; messages before `since` need not cross.
    pub async fn since(stack: Stack, since: Option<Timestamp>) -> Site {
        Site::over(Arc::new(stack), since, NEVER).await
    }

    /// A world with the right time, in which Thulium takes files with every message, and a bridge that
    /// ticks every second.
    pub async fn running() -> Site {
        let world = World::new(WorldOptions::default()).expect("a world");
        let stack = Stack::joined(world).await.expect("a stack");
        let mut settings = stack.settings();
        settings.empikplace.poll_seconds = POLL_SECONDS;
        settings.empikplace.calls_per_hour = 3_600;
        stack.add_integration(&settings, stack.secret()).await.expect("stored");
        stack.world().switch(|switches| switches.thulium.response_attachments = Undocumented::Accepted);
        Site::over(Arc::new(stack), None, Duration::from_secs(1)).await
    }

    /// The sample shop, played to its end; from then on the bridge ticks when the test says so.
    pub async fn sample() -> Site {
        Site::sample_with(NEVER).await
    }

    /// The same with a bridge that ticks by itself.
    pub async fn sample_with(pause: Duration) -> Site {
        let world = play::world().expect("a world");
        let console = local::console::Console::new(clock_of(&world), TimeZone::UTC);
        let options =
            Play { once: true, port: 0, page_port: 0, poll_seconds: 1, folder: None, logs: Logs::default() };
        let feed = feed();
        let played = play::perform(&options, world, &console).await.expect("played");
        Site::with(PageOptions {
            stack: played.stack,
            settings: played.settings,
            feed,
            since: played.since,
            port: 0,
            pause,
        })
        .await
    }

    async fn over(stack: Arc<Stack>, since: Option<Timestamp>, pause: Duration) -> Site {
        let (settings, since) = (stack.settings(), since.unwrap_or_else(|| stack.world().now()));
        Site::with(PageOptions { stack, settings, feed: feed(), since, port: 0, pause }).await
    }

    async fn with(options: PageOptions) -> Site {
        let stack = options.stack.clone();
        let page = Page::start(options).await.expect("a page");
        let http = wire::builder().expect("a client");
        Site { stack, page, http: http.build().expect("a client") }
    }

    pub fn world(&self) -> &World {
        self.stack.world()
    }

    /// The origin of the page, without a slash at the end.
    pub fn origin(&self) -> String {
        self.page.url().trim_end_matches('/').to_owned()
    }

    /// A page as a browser reads it that likes `language`.
    pub async fn get_in(&self, path: &str, language: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.origin()));
        request.header(header::ACCEPT_LANGUAGE, language).send().await.expect("an answer")
    }

    /// The text of a page in English.
    pub async fn read(&self, path: &str) -> String {
        let response = self.get_in(path, "en").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.expect("text")
    }

    /// Sends a form from the page itself.
    pub async fn send(&self, path: &str, form: Form) -> Response {
        self.send_from(path, form, Some(&self.origin())).await
    }

    /// Sends a form from somewhere.
    pub async fn send_from(&self, path: &str, form: Form, origin: Option<&str>) -> Response {
        let mut request = self.http.post(format!("{}{path}", self.origin())).multipart(form);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.header(header::ACCEPT_LANGUAGE, "en").send().await.expect("an answer")
    }

    /// Sends a form that must be taken, and returns where it leads to.
    pub async fn act(&self, path: &str, form: Form) -> String {
        let response = self.send(path, form).await;
        let status = response.status();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned());
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {}", response.text().await.expect("text"));
        to.expect("an address")
    }

    /// Lets the bridge work until nothing is left to do.
    pub async fn settle(&self) {
        self.stack.settle(60).await.expect("settled");
    }

    /// A thread of a buyer and its ticket.
    pub async fn conversation(&self) -> (String, u64) {
        let asked = NewThread::from_customer("C-1", "Jan Kowalczyk", "<p>Gdzie jest moja paczka?</p>");
        let opened = self.world().open_thread(asked).expect("a thread");
        self.settle().await;
        (opened.thread_id, self.world().tickets().last().expect("a ticket").ticket_id)
    }

    /// A reply that EmpikPlace refused, since the thread is full.
    pub async fn parked(&self) -> (String, u64) {
        let (thread, ticket) = self.conversation().await;
        self.world().switch(|switches| switches.empikplace.messages_per_thread = 1);
        self.world().agent_reply(ticket, AgentReply::new("jnowak", "<p>Jutro rano.</p>")).expect("a reply");
        self.settle().await;
        self.world().switch(|switches| switches.empikplace.messages_per_thread = 1_000);
        (thread, ticket)
    }

    pub fn ticket(&self, id: u64) -> Ticket {
        self.world().ticket(id).expect("a ticket")
    }
}

/// Seconds between two polls of EmpikPlace under [`Site::running`].
pub const POLL_SECONDS: u32 = 10;

/// A form with these fields, and one more: without any, this client sends no body at all, which no
/// browser does.
pub fn form(fields: &[(&str, &str)]) -> Form {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    fields.fold(Form::new().text("more", ""), |form, (name, value)| form.text(name, value))
}

/// The same with a file.
pub fn with_file(form: Form, name: &str, bytes: &[u8]) -> Form {
    form.part("files", Part::bytes(bytes.to_vec()).file_name(name.to_owned()))
}

/// How many messages of a kind a ticket has that contain `text`.
pub fn count(ticket: &Ticket, kind: MessageKind, text: &str) -> usize {
    ticket.messages.iter().filter(|message| message.kind == kind && message.text().contains(text)).count()
}
