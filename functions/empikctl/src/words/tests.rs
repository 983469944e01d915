//! Texts that stand in no other room's test.

use bridge::engine::Halted;
use bridge::failure::{Effect, Failure, Outcome, Side};
use jiff::Timestamp;
use ledger::{Table, TableState};

use super::aws::{Place, Refusal};
use super::*;
use crate::secrets::State;
use crate::settings::Change;

#[tokio::test]
async fn what_stands_in_no_room_of_its_own_is_said_in_both_languages() {
    let id = "shop-a".parse().expect("an id");
    for (name, language) in [("en", Language::En), ("pl", Language::Pl)] {
        let text = speaking(language, async {
            let keys = Change::Changed(vec!["name".into(), "thulium.url".into()]);
            let changes = [Change::Created, keys, Change::Unchanged];
            let mut all =
                vec![aws::no_region(), aws::no_credentials(), no_randomness(), secrets::not_on_a_terminal()];
            all.extend([nothing_local(), no_home()]);
            all.extend([
                tables::next(),
                repair::more_parked(),
                secrets::callback_next(),
                settings::template_next(&id),
            ]);
            all.extend([
                settings::list_head().join(" | "),
                tables::head().join(" | "),
                settings::file_is_fine("a.toml"),
            ]);
            all.extend([
                settings::not_applied(1),
                settings::not_applied(2),
                settings::was_unusable("x"),
                settings::not_enabled("a.toml"),
            ]);
            for change in &changes {
                all.extend([settings::applied(&id, change, false), settings::applied(&id, change, true)]);
            }
            all.extend([
                settings::carried_from(Timestamp::UNIX_EPOCH),
                settings::overtaken(&id),
                unknown(&id),
            ]);
            all.extend([unusable(&id, "x"), next("empikctl list"), repair::nothing_parked(&id)]);
            all.extend(["malformed", "enabled", "disabled"].map(settings::state));
            all.extend([State::Complete, State::Missing].map(|state| secrets::state(&id, &state)));
            all.push(secrets::stored("bridge/shop-a", "/shop-a", "thulium", Some("x")));
            let keys = ["empik_api_key", "thulium_user", "thulium_password", "callback_user", "x"];
            all.extend(keys.map(|key| secrets::prompt(&id, key)));
            all.extend([Table::Integrations, Table::Conversations].map(tables::role));
            let states = [TableState::Ready, TableState::Missing, TableState::Changing];
            all.extend(states.map(|state| tables::state(&state, false)));
            all.push(not_set("INTEGRATIONS_TABLE", "--integrations-table"));
            let halted = [
                Halted::Disabled,
                Halted::Held,
                Halted::Resting(Side::Thulium),
                Halted::Calls,
                Halted::Time,
                Halted::Failed("retry M11".into()),
            ];
            all.extend(halted.map(|halted| repair::sweep_halted(&id, 2, &halted)));
            all.extend([repair::sweep_waits(), repair::sweep_goes_on(7)]);
            all.extend([repair::sweep_doubled(), repair::sweep_lacks(2)]);
            all.push(repair::sweep_head().join(" | "));
            all.join("\n")
        })
        .await;
        insta::assert_snapshot!(format!("words_{name}"), text);
    }
}

#[tokio::test]
async fn whatever_aws_answers_is_told_with_what_to_do() {
    let (name, region) = ("x", "eu-central-1");
    let places =
        [Place::Table { name, region }, Place::Secret { name, region }, Place::Logs { name, region }];
    let answers = [
        (None, ""),
        (Some(403), "AccessDeniedException"),
        (Some(403), "DecryptionFailure"),
        (Some(403), "ExpiredTokenException"),
        (Some(404), "ResourceNotFoundException"),
        (Some(429), "ThrottlingException"),
        (Some(400), "InvalidRequestException"),
        (Some(500), "InternalServiceError"),
        (Some(502), ""),
    ];
    for (name, language) in [("en", Language::En), ("pl", Language::Pl)] {
        let text = speaking(language, async {
            let mut all = Vec::new();
            for place in &places {
                for (status, code) in answers {
                    let request = status.map(|_| "r-1");
                    let refusal = Refusal { operation: "service:Action", status, code, request };
                    all.push(aws::refused(&refusal, place));
                }
            }
            let unreadable =
                Failure::new(Side::Ledger, "dynamodb:GetItem", Effect::Read, Outcome::Undecodable);
            let newer = unreadable.clone().because("newer");
            let malformed = newer.clone().naming(["health".to_owned()], None);
            all.extend([newer, malformed].iter().map(|known| aws::failure(known, &places[0])));
            all.push(aws::failure(
                &unreadable.because("the file is not JSON"),
                &Place::File { name: "x in y" },
            ));
            all.join("\n")
        })
        .await;
        insta::assert_snapshot!(format!("aws_{name}"), text);
    }
}

#[test]
fn a_last_cell_that_does_not_fit_is_wrapped_and_never_cut() {
    let heads = ["TICKET", "ADVICE"].map(str::to_owned);
    let lines = [["1", "write a reply of at least three characters in the ticket"].map(str::to_owned)];
    let narrow = wrapped_table(&heads, &lines, Some(38));
    insta::assert_snapshot!("wrapped_beside", narrow);
    let tower = wrapped_table(&heads, &lines, Some(30));
    insta::assert_snapshot!("wrapped_below", tower);
    assert!(narrow.lines().all(|line| line.chars().count() <= 38), "{narrow}");
    assert!(tower.lines().all(|line| line.chars().count() <= 30), "{tower}");
    assert_eq!(wrapped_table(&heads, &lines, None), table(&heads, &lines, None));
    assert_eq!(wrapped_table(&heads, &lines, Some(200)), table(&heads, &lines, Some(200)));
}
