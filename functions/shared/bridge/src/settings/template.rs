//! Texts with placeholders such as `{order_id}`.

/// A piece of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Words taken as they are.
    Text(&'t str),
    /// The name between a pair of braces.
    Placeholder(&'t str),
}

/// Takes a text apart. An opening brace that is never closed is text.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{')
        && let Some((name, behind)) = after.split_once('}')
    {
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Placeholder(name));
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Puts the values in. What they contain is never taken for a placeholder; a placeholder without a
/// value stays as it is written.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    pieces(template)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Placeholder(name) => match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => (*value).to_owned(),
                None => format!("{{{name}}}"),
            },
        })
        .collect()
}
