//! When a shop answers: hours by day of the week, and the days that are none.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};

/// How far ahead an opening is looked for, in days: longer than any row of days off.
const HORIZON: usize = 60;

/// Hours on some days of the week; written `mon-fri 09:00-17:00`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
}

/// The text is no [`Hours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be days and hours such as \"mon-fri 09:00-17:00\" or \"sat 10:00-14:00\", opening before closing"
)]
pub struct InvalidHours;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl std::str::FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Hours, InvalidHours> {
        let day = |name: &str| DAYS.iter().find(|(known, _)| *known == name).map(|(_, day)| *day);
        let time = |text: &str| match text {
            // The end of the day, which no clock shows.
            "24:00" => Some(Time::MAX),
            _ if text.len() == 5 => Time::strptime("%H:%M", text).ok(),
            _ => None,
        };
        let read = || {
            let (days, hours) = text.split_once(' ')?;
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let (from, to) = hours.split_once('-')?;
            Some(Hours { first: day(first)?, last: day(last)?, from: time(from)?, to: time(to)? })
        };
        read().filter(|hours| hours.from < hours.to).ok_or(InvalidHours)
    }
}

impl TryFrom<String> for Hours {
    type Error = InvalidHours;

    fn try_from(text: String) -> Result<Hours, InvalidHours> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        let day = |day| DAYS.iter().find(|(_, known)| *known == day).map_or("", |(name, _)| name);
        let days = match hours.first == hours.last {
            true => day(hours.first).to_owned(),
            false => format!("{}-{}", day(hours.first), day(hours.last)),
        };
        let to = match hours.to == Time::MAX {
            true => "24:00".to_owned(),
            false => hours.to.strftime("%H:%M").to_string(),
        };
        format!("{days} {}-{to}", hours.from.strftime("%H:%M"))
    }
}

impl Hours {
    /// Whether they are for this day of the week; `fri-mon` goes over the weekend.
    fn covers(&self, day: Weekday) -> bool {
        self.first.until(day) <= self.first.until(self.last)
    }
}

/// Whose public holidays are days off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holidays {
    /// Poland's.
    #[default]
    Pl,
    /// Nobody's.
    None,
}

/// When a shop answers, in the zone of its helpdesk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BusinessHours {
    /// Hours by day of the week. Default: Monday to Friday, 9 to 17.
    pub hours: Vec<Hours>,
    /// Public holidays on which nobody answers. Default: Poland's.
    pub holidays: Holidays,
    /// Further days on which nobody answers. Default: none.
    pub closed: Vec<Date>,
}

impl Default for BusinessHours {
    fn default() -> BusinessHours {
        let weekdays = Hours {
            first: Weekday::Monday,
            last: Weekday::Friday,
            from: Time::constant(9, 0, 0, 0),
            to: Time::constant(17, 0, 0, 0),
        };
        BusinessHours { hours: vec![weekdays], holidays: Holidays::Pl, closed: Vec::new() }
    }
}

impl BusinessHours {
    /// Whether somebody answers at a time.
    pub fn is_open(&self, at: DateTime) -> bool {
        !self.is_day_off(at.date()) && self.on(at.date()).any(|h| (h.from..h.to).contains(&at.time()))
    }

    /// When somebody answers next: the begin of the next hours, or the time itself within them. `None`:
    /// not within two months.
    pub fn next_opening(&self, at: DateTime) -> Option<DateTime> {
        if self.is_open(at) {
            return Some(at);
        }
        let days = at.date().series(1.day()).take(HORIZON).filter(|day| !self.is_day_off(*day));
        let openings = days.flat_map(|day| self.on(day).map(move |hours| day.to_datetime(hours.from)));
        openings.filter(|opening| *opening > at).min()
    }

    fn on(&self, day: Date) -> impl Iterator<Item = &Hours> {
        self.hours.iter().filter(move |hours| hours.covers(day.weekday()))
    }

    fn is_day_off(&self, day: Date) -> bool {
        self.closed.contains(&day) || (self.holidays == Holidays::Pl && is_polish_holiday(day))
    }
}

/// Whether a day is a statutory day off in Poland, ordinary Sundays apart: ustawa z dnia 18 stycznia
/// 1951 r. o dniach wolnych od pracy, art. 1, with Epiphany since 2011 (ustawa z dnia 24 września
/// 2010 r.) and Christmas Eve since 2025 (ustawa z dnia 6 grudnia 2024 r.). They are computed here,
/// since no small crate that is still kept holds these days.
pub fn is_polish_holiday(day: Date) -> bool {
    let fixed =
        matches!((day.month(), day.day()), (1, 1) | (5, 1 | 3) | (8, 15) | (11, 1 | 11) | (12, 25 | 26));
    let epiphany = day.year() >= 2011 && (day.month(), day.day()) == (1, 6);
    let christmas_eve = day.year() >= 2025 && (day.month(), day.day()) == (12, 24);
    // Easter Sunday and Monday, Pentecost, Corpus Christi.
    let after_easter = easter(day.year()).and_then(|easter| easter.until(day).ok());
    let movable = after_easter.is_some_and(|span| matches!(span.get_days(), 0 | 1 | 49 | 60));
    fixed || epiphany || christmas_eve || movable
}

/// Easter Sunday by the Gregorian calendar (the anonymous algorithm; J. Meeus, Astronomical
/// Algorithms, 2nd ed., chapter 9).
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (century, of_century) = (year / 100, year % 100);
    let golden = year % 19;
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let month = i8::try_from(days / 31).ok()?;
    Date::new(i16::try_from(year).ok()?, month, i8::try_from(days % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn hours(texts: &[&str]) -> BusinessHours {
        let hours = texts.iter().map(|text| text.parse().expect("hours")).collect();
        BusinessHours { hours, ..BusinessHours::default() }
    }

    fn at(text: &str) -> DateTime {
        text.parse().expect("a date and time")
    }

    #[test]
    fn easter_falls_where_the_church_says() {
        // Dates of the United States Census Bureau's table of Easter Sundays.
        for day in [
            date(1903, 4, 12),
            date(2008, 3, 23),
            date(2011, 4, 24),
            date(2016, 3, 27),
            date(2019, 4, 21),
            date(2024, 3, 31),
            date(2025, 4, 20),
            date(2026, 4, 5),
            date(2027, 3, 28),
            date(2038, 4, 25),
            date(2049, 4, 18),
            date(2076, 4, 19),
            date(2106, 4, 18),
        ] {
            assert_eq!(easter(day.year()), Some(day));
        }
    }

    #[test]
    fn the_days_off_of_2026_are_these() {
        let days = date(2026, 1, 1).series(1.day()).take(365).filter(|day| is_polish_holiday(*day));
        let days: Vec<String> = days.map(|day| day.strftime("%d.%m").to_string()).collect();
        assert_eq!(
            days.join(" "),
            "01.01 06.01 05.04 06.04 01.05 03.05 24.05 04.06 15.08 01.11 11.11 24.12 25.12 26.12"
        );
    }

    #[test]
    fn days_that_became_holidays_were_none_before() {
        assert!(!is_polish_holiday(date(2024, 12, 24)) && is_polish_holiday(date(2025, 12, 24)));
        assert!(!is_polish_holiday(date(2010, 1, 6)) && is_polish_holiday(date(2011, 1, 6)));
    }

    #[test]
    fn hours_have_a_begin_and_an_end() {
        let week = hours(&["mon-fri 09:00-17:00", "sat 10:00-14:00"]);
        for (time, open) in [
            ("2026-11-23T08:59:59", false),
            ("2026-11-23T09:00:00", true),
            ("2026-11-23T16:59:59", true),
            ("2026-11-23T17:00:00", false),
            ("2026-11-28T10:00:00", true),
            ("2026-11-28T14:00:00", false),
            ("2026-11-29T12:00:00", false),
            // Independence Day, a Wednesday.
            ("2026-11-11T12:00:00", false),
        ] {
            assert_eq!(week.is_open(at(time)), open, "{time}");
        }
        assert!(hours(&["fri-mon 00:00-24:00"]).is_open(at("2026-11-29T23:59:59")));
        assert!(!hours(&["fri-mon 00:00-24:00"]).is_open(at("2026-11-25T12:00:00")));
        assert!(!hours(&[]).is_open(at("2026-11-23T12:00:00")));
    }

    #[test]
    fn the_next_opening_passes_over_days_off() {
        let week = BusinessHours { closed: vec![date(2026, 12, 28)], ..hours(&["mon-fri 09:00-17:00"]) };
        for (time, opening) in [
            ("2026-11-23T12:00:00", "2026-11-23T12:00:00"),
            ("2026-11-23T07:00:00", "2026-11-23T09:00:00"),
            ("2026-11-23T18:00:00", "2026-11-24T09:00:00"),
            ("2026-11-27T17:00:00", "2026-11-30T09:00:00"),
            // Christmas Eve is a Thursday, and the Monday after Christmas is set as closed.
            ("2026-12-23T17:00:00", "2026-12-29T09:00:00"),
        ] {
            assert_eq!(week.next_opening(at(time)), Some(at(opening)), "{time}");
        }
        assert_eq!(hours(&[]).next_opening(at("2026-11-23T12:00:00")), None);
    }

    #[test]
    fn hours_are_written_as_they_are_read() {
        for text in ["mon-fri 09:00-17:00", "sat 10:00-14:30", "sun-mon 00:00-24:00"] {
            assert_eq!(String::from(text.parse::<Hours>().expect("hours")), text);
        }
        for text in [
            "",
            "mon",
            "mon 9-17",
            "mon-xyz 09:00-17:00",
            "mon 17:00-09:00",
            "mon 09:00-09:00",
            "mon 09:00-25:00",
        ] {
            assert_eq!(text.parse::<Hours>(), Err(InvalidHours), "{text}");
        }
    }
}
