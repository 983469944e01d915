//! The client as the engine's marketplace: Mirakl's shapes in the domain's words, and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bridge::failure::Failure;
use bridge::marketplace::{
    Attachment, Author, Entity, Marketplace, Message, MessageId, Order, OrderLine, OutgoingReply, PageFrom,
    Reason, Thread, ThreadId, ThreadPage, Topic,
};

use crate::client::{Client, Start, ThreadQuery};
use crate::model;
use crate::reply::{File, Recipient, Reply};

/// Threads a page: at first the most that the API gives (General Notes, "limit"), and fewer once a
/// page was too large to be read.
const PAGES: [u32; 4] = [100, 25, 5, 1];

/// One shop on EmpikPlace.
#[derive(Debug)]
pub struct Shop {
    client: Client,
    locale: String,
    page: AtomicUsize,
}

impl Shop {
    /// A shop, with the locale in which labels are asked for (RE01 `locale`); empty: the account's.
    pub fn new(client: Client, locale: String) -> Shop {
        Shop { client, locale, page: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl Marketplace for Shop {
    async fn threads(&self, from: &PageFrom) -> Result<ThreadPage, Failure> {
        let page = loop {
            let size = self.page.load(Ordering::Relaxed).min(PAGES.len() - 1);
            let query = match from {
                PageFrom::Token(token) => ThreadQuery::Page(token.clone()),
                PageFrom::Since(since) => ThreadQuery::Start(Start {
                    updated_since: Some(*since),
                    with_messages: true,
                    limit: Some(PAGES[size]),
                    entity: None,
                }),
            };
            match self.client.threads(&query).await {
                Ok(page) => break page,
                Err(failure) if failure.detail == Some(wire::TOO_LARGE) && size + 1 < PAGES.len() => {
                    self.page.store(size + 1, Ordering::Relaxed);
                    // A token fixes the size of its page: the list starts anew, at the next tick.
                    if matches!(from, PageFrom::Token(_)) {
                        return Err(failure);
                    }
                }
                Err(failure) => return Err(failure),
            }
        };
        Ok(ThreadPage {
            threads: page.threads.into_iter().map(thread).collect(),
            unreadable: page.unreadable,
            next: page.next,
        })
    }

    async fn thread(&self, id: &ThreadId) -> Result<Thread, Failure> {
        self.client.thread(&id.0).await.map(thread)
    }

    async fn reply(&self, id: &ThreadId, reply: &OutgoingReply) -> Result<Option<MessageId>, Failure> {
        let mut to = Vec::new();
        if let Some(id) = &reply.to_buyer {
            to.push(Recipient { kind: model::CUSTOMER.to_owned(), id: id.clone() });
        }
        if reply.to_operator {
            to.push(Recipient { kind: model::OPERATOR.to_owned(), id: None });
        }
        let files = reply.files.iter().map(|(name, bytes)| File { name: name.clone(), bytes: bytes.clone() });
        let reply = Reply { body: reply.body.clone(), to, files: files.collect() };
        let posted = self.client.reply(&id.0, &reply).await?;
        Ok(posted.message_id.map(MessageId))
    }

    async fn attachment(&self, id: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        self.client.attachment(id, limit).await
    }

    async fn orders(&self, ids: &[String]) -> Result<Vec<Order>, Failure> {
        Ok(self.client.orders(ids).await?.items.into_iter().map(order).collect())
    }

    async fn reasons(&self) -> Result<Vec<Reason>, Failure> {
        let locale = Some(self.locale.as_str()).filter(|locale| !locale.is_empty());
        let reasons = self.client.reasons(locale).await?.items;
        Ok(reasons
            .into_iter()
            .map(|r| Reason { is_topic: r.kind.contains("MESSAGING"), code: r.code, label: r.label })
            .collect())
    }

    fn calls(&self) -> u32 {
        self.client.calls()
    }
}

fn thread(thread: model::Thread) -> Thread {
    // The list of those who may take part is required, but so are others that turn out to be missing.
    let part = |kind: &str| match thread.authorized_participants.is_empty() {
        true => thread.current_participants.iter().find(|p| p.kind == kind),
        false => thread.authorized(kind),
    };
    let buyer = part(model::CUSTOMER).cloned();
    let operator_authorised = part(model::OPERATOR).is_some();
    // The id may be missing among the participants; replies of the shop name it as well.
    let addressed =
        thread.messages.items.iter().flat_map(|m| &m.to).find(|p| p.is_customer() && p.id.is_some());
    let buyer_id = buyer.as_ref().and_then(|b| b.id.clone()).or_else(|| addressed.and_then(|p| p.id.clone()));
    let named = |p: &model::Participant| Some(p.display_name.clone()).filter(|name| !name.is_empty());
    Thread {
        topic: Topic { is_reason: thread.topic.is_reason_code(), value: thread.topic.value.clone() },
        entities: thread
            .entities
            .iter()
            .map(|e| Entity { kind: e.kind.clone(), id: e.id.clone(), label: e.label.clone() })
            .collect(),
        buyer_id,
        buyer_name: buyer.as_ref().and_then(named),
        buyer_authorised: buyer.is_some(),
        operator_authorised,
        updated: thread.date_updated.or(thread.metadata.last_message_date),
        total: thread.metadata.total_count,
        reply_needed_since: thread.metadata.shop_reply_needed_since,
        reply_waived: thread.no_store_reply_needed.iter().filter_map(|click| click.date).max(),
        unreadable: thread.messages.unreadable,
        messages: thread.messages.items.into_iter().map(message).collect(),
        id: ThreadId(thread.id),
    }
}

fn message(message: model::Message) -> Message {
    let author = match &message.from {
        sender if sender.is_customer() => Author::Buyer,
        sender if sender.is_operator() => Author::Operator,
        sender if sender.is_shop() => Author::Shop,
        _ => Author::Unknown,
    };
    Message {
        author,
        name: message.from.name().to_owned(),
        at: message.date_created,
        to_buyer: message.to.iter().any(model::Participant::is_customer),
        to_operator: message.to.iter().any(model::Participant::is_operator),
        attachments: message
            .attachments
            .into_iter()
            .map(|a| Attachment { id: a.id, name: a.name, size: a.size })
            .collect(),
        body: message.body,
        id: MessageId(message.id),
    }
}

fn order(order: model::Order) -> Order {
    Order {
        id: order.order_id,
        state: order.order_state,
        total: order.total_price,
        currency: order.currency_iso_code,
        has_incident: order.has_incident,
        shipping_method: order.shipping_type_label,
        carrier: order.shipping_company,
        tracking: order.shipping_tracking,
        tracking_url: order.shipping_tracking_url,
        ship_by: order.shipping_deadline,
        deliver_by: order.delivery_date.latest,
        customer_id: order.customer.customer_id,
        first_name: order.customer.firstname,
        last_name: order.customer.lastname,
        lines: order
            .order_lines
            .into_iter()
            .map(|line| OrderLine {
                title: line.product_title,
                sku: line.offer_sku,
                quantity: line.quantity,
                price: line.total_price.or(line.price_unit),
                state: line.order_line_state,
            })
            .collect(),
    }
}
