//! The way from the real HTTP clients to the twins, without a network: late, lost, refused, answered
//! with rubbish, or with the caller dead.

use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use axum::http;
use bridge::failure::Outcome;
use reqwest::{Method, Request, Response};
use wire::Carrier;

use crate::plight::Plight;
use crate::sabotage::Sabotage;
use crate::shop::Shop;
use crate::sim::{Call, Life, PATIENCE, Sim, Strike, count};

/// Carries the requests of one visit.
pub struct Way {
    /// What is shared.
    pub sim: Arc<Sim>,
    /// Whose requests.
    pub life: Arc<Life>,
}

/// A request that can be sent twice, as only sabotage does.
struct Parcel {
    head: http::request::Parts,
    body: axum::body::Bytes,
}

impl Parcel {
    async fn pack(request: Request, shop: &Shop) -> Option<Parcel> {
        let request: http::Request<reqwest::Body> = request.try_into().ok()?;
        let (mut head, body) = request.into_parts();
        if is_marketplace(head.uri.path()) {
            head.uri = shop.meant(&head.uri.to_string()).parse().ok()?;
        }
        let body = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.ok()?;
        Some(Parcel { head, body })
    }

    fn request(&self) -> http::Request<axum::body::Body> {
        http::Request::from_parts(self.head.clone(), axum::body::Body::from(self.body.clone()))
    }
}

fn is_marketplace(path: &str) -> bool {
    path.starts_with("/empikplace/")
}

/// The answer as the client gets it, with the ids that the shop knows, and changed by sabotage.
async fn received(
    sim: &Sim,
    shop: &Shop,
    path: &str,
    answer: http::Response<axum::body::Body>,
) -> Option<Response> {
    let (head, body) = answer.into_parts();
    let mut body = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    if is_marketplace(path)
        && let Ok(text) = std::str::from_utf8(&body)
    {
        body = shop.shown(text).into();
    }
    if let Some(sabotage) = sim.sabotage
        && let Ok(mut value) = serde_json::from_slice(&body)
    {
        sabotage.tamper(&mut value, &mut shop.seen.lock().unwrap_or_else(PoisonError::into_inner));
        body = value.to_string().into();
    }
    Some(http::Response::from_parts(head, body).into())
}

fn error(code: u16, retry_after: Option<u64>) -> Option<Response> {
    let mut answer = http::Response::builder().status(code);
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    Some(answer.body("{}").ok()?.into())
}

#[async_trait]
impl Carrier for Way {
    async fn carry(&self, request: Request) -> Result<Response, Outcome> {
        let Some(parcel) = Parcel::pack(request, &self.life.shop).await else {
            return Err(Outcome::NotSent);
        };
        let answer = self.bring(&parcel).await;
        if self.sim.sabotage == Some(Sabotage::RepeatedPost)
            && parcel.head.method != Method::GET
            && matches!(answer, Err(Outcome::NoAnswer))
        {
            return self.bring(&parcel).await;
        }
        answer
    }
}

impl Way {
    async fn bring(&self, parcel: &Parcel) -> Result<Response, Outcome> {
        let (sim, timeline, shop) = (&self.sim, &self.sim.timeline, &self.life.shop);
        let path = parcel.head.uri.path();
        let call = match parcel.head.method {
            Method::GET if path.contains("/files/") || path.contains("download") => Call::Download,
            Method::GET => Call::Read,
            _ => Call::Write,
        };
        if call == Call::Write {
            count(&shop.writes);
        }
        sim.thaw(&self.life.host).await;
        let strike = sim.strike(call);
        let (there, mut back) = sim.latency(call);
        if shop.plight() == Some(Plight::Slow) {
            back = sim.draw(|dice| dice.i64(5_000..PATIENCE - 1_000));
        }
        timeline.sleep(there).await;
        sim.note(|| {
            let Life { host, owner, .. } = &*self.life;
            format!("{} {owner} {} {path} {strike:?}", host.name, parcel.head.method)
        });
        let apply = || shop.world.exchange(parcel.request());
        let later = |after| {
            let (sim, world, request) = (sim.clone(), shop.world.clone(), parcel.request());
            timeline.spawn(async move {
                sim.timeline.sleep(after).await;
                sim.note(|| "a late request is applied".to_owned());
                world.exchange(request).await;
            });
        };
        let answer = match strike {
            None => match apply().await {
                Some(answer) => received(sim, shop, path, answer).await,
                None => None,
            },
            Some(Strike::Refused) => return Err(Outcome::NotSent),
            Some(Strike::Broken { applied }) => {
                if applied {
                    apply().await;
                }
                return Err(Outcome::NoAnswer);
            }
            Some(Strike::TimedOut { applied_after }) => {
                applied_after.into_iter().for_each(later);
                timeline.sleep(PATIENCE).await;
                return Err(Outcome::NoAnswer);
            }
            Some(Strike::Status { code, retry_after, applied }) => {
                if applied {
                    apply().await;
                }
                error(code, retry_after)
            }
            Some(Strike::Garbage) => {
                apply().await;
                Some(http::Response::new("<html><body>proxy").into())
            }
            Some(Strike::Killed { applied_after }) => {
                applied_after.into_iter().for_each(later);
                sim.kill(&self.life).await;
                None
            }
        };
        timeline.sleep(back).await;
        answer.ok_or(Outcome::NoAnswer)
    }
}
