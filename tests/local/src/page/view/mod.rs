//! The page as HTML. Everything that people or the two systems wrote goes through maud, which escapes
//! it, and through [`parts`], which takes its power over the direction of writing.

mod bridge;
mod empikplace;
mod parts;
mod thulium;

use maud::{DOCTYPE, Markup, html};

pub(crate) use thulium::Voice;

use super::acts::Typed;
use super::at::{At, Pane};
use super::faults::Switch;
use super::model::Model;
use super::words::{Language, Words};

/// What a page is made of.
pub(crate) struct View<'a> {
    pub(crate) words: Words,
    pub(crate) at: &'a At,
    pub(crate) model: &'a Model,
    /// What a refused form held, so that nobody types it twice.
    pub(crate) typed: &'a Typed,
    /// Why it was refused.
    pub(crate) refusal: Option<&'a str>,
    pub(crate) faults: Faults,
}

/// The switches as they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) on: Vec<Switch>,
    /// The process dies at its next write.
    pub(crate) armed: bool,
}

impl View<'_> {
    /// The whole document.
    pub(crate) fn page(&self) -> Markup {
        let w = self.words;
        html! {
            (DOCTYPE)
            html lang=(w.language().as_str()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title()) }
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/page.css";
                    script src="/page.js" defer {}
                }
                body data-pane=(self.at.pane.as_str()) data-version=(self.model.version) {
                    a .skip href="#columns" { (w.skip()) }
                    (self.top())
                    (self.tabs())
                    div #alert data-live {
                        @if let Some(refusal) = self.refusal {
                            p .alert role="alert" { (refusal) }
                        }
                    }
                    main #columns {
                        (self.empikplace())
                        (self.bridge())
                        (self.thulium())
                    }
                }
            }
        }
    }

    fn title(&self) -> String {
        let unread = self.model.unread.threads.len() + self.model.unread.tickets.len();
        let name = "EmpikPlace ⇄ Thulium";
        if unread > 0 { format!("({unread}) {name}") } else { name.to_owned() }
    }

    fn top(&self) -> Markup {
        let (w, verdict) = (self.words, &self.model.verdict);
        let bad = verdict.lost + verdict.doubled + verdict.leaked + verdict.garbled > 0;
        let counts = [
            ("lost", w.lost(), verdict.lost),
            ("doubled", w.doubled(), verdict.doubled),
            ("leaked", w.leaked(), verdict.leaked),
        ];
        html! {
            header .top {
                h1 { "EmpikPlace" span .bow aria-hidden="true" { "⇄" } "Thulium" }
                div #verdict data-live {
                    p .verdict .bad[bad] title=(w.verdict_help()) {
                        @for (name, label, count) in counts {
                            span .count .some[count > 0] data-count=(name) { (label) " " b { (count) } }
                        }
                        @if verdict.garbled > 0 {
                            span .count .some data-count="garbled" { (w.garbled()) " " b { (verdict.garbled) } }
                        }
                        span .aside {
                            span .carried { (w.carried(verdict.carried)) }
                            @if verdict.under_way > 0 {
                                span .carried { " · " }
                                (w.under_way(verdict.under_way))
                            }
                        }
                    }
                }
                nav .languages aria-label=(w.language_label()) {
                    @for language in Language::ALL {
                        a #{ "lang-" (language.as_str()) }
                            href=(self.at.with(|at| at.language = Some(language)))
                            hreflang=(language.as_str()) lang=(language.as_str())
                            aria-current=[(language == w.language()).then_some("true")]
                            title=(language.name()) { (language.as_str().to_uppercase()) }
                    }
                }
            }
        }
    }

    /// The columns' names, by which a narrow screen changes between them.
    fn tabs(&self) -> Markup {
        let unread = &self.model.unread;
        html! {
            nav .tabs aria-label=(self.words.columns_label()) {
                div #tabs data-live {
                    @for pane in Pane::ALL {
                        @let marks = match pane {
                            Pane::Empikplace => unread.threads.len(),
                            Pane::Bridge => self.model.bridge.parked.len(),
                            Pane::Thulium => unread.tickets.len(),
                        };
                        a #{ "tab-" (pane.as_str()) } href=(self.at.with(|at| at.pane = pane))
                            aria-current=[(pane == self.at.pane).then_some("page")] {
                            (self.words.pane(pane))
                            @if marks > 0 { " " span .badge { (marks) } }
                        }
                    }
                }
            }
        }
    }
}
