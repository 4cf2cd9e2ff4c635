//! Turns the messages of `serde` into sentences about a field of a script.

use std::fmt::Write;

use crate::experiment::FieldError;

/// The nearest of `candidates`, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&word.to_lowercase(), &c.to_lowercase()), c))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, c)| *distance <= (word.chars().count().max(c.chars().count()) / 3).max(1))
        .map(|(_, c)| c)
}

/// "did you mean …?" where one of the candidates is near, else the list of them.
pub fn suggestion<'a>(word: &str, candidates: &[&'a str]) -> String {
    let mut sorted: Vec<&'a str> = candidates.to_vec();
    sorted.sort_unstable();
    match nearest(word, sorted.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if sorted.is_empty() => "nothing is allowed here".to_owned(),
        None => format!("known are {}", sorted.join(", ")),
    }
}

/// The sentence for an error met at `path`; `more_fields` are valid at the top level in addition.
pub(super) fn explain(path: &str, message: &str, more_fields: &[&str]) -> FieldError {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let top = !path.contains('.');
    let (parent, leaf) = path.rsplit_once('.').unwrap_or(("", path));
    let join = |parent: &str, field: &str| match parent {
        "" | "." => field.to_owned(),
        parent => format!("{parent}.{field}"),
    };
    if let ("unknown field", Some((word, known))) = (prefix(message), quoted.split_first()) {
        let mut known = known.to_vec();
        let parent = if leaf == *word { parent } else { path };
        if top && matches!(parent, "" | ".") {
            known.extend_from_slice(more_fields);
        }
        return FieldError::new(join(parent, word), format!("unknown field; {}", suggestion(word, &known)));
    }
    if let ("unknown variant", Some((word, known))) = (prefix(message), quoted.split_first()) {
        let parent = if leaf == *word { parent } else { path };
        let field = if matches!(parent, "" | ".") { *word } else { parent };
        return FieldError::new(field, format!("\"{word}\" is not known; {}", suggestion(word, known)));
    }
    if let ("missing field", Some(field)) = (prefix(message), quoted.first()) {
        return FieldError::new(join(path, field), "this field is missing");
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return FieldError::new(
            path,
            format!("expected {}, found {}", plain_type(expected), plain_value(found)),
        );
    }
    if message == "invalid value: map, expected map with a single key" {
        return FieldError::new(path, "expected an object with exactly one field, found more or none");
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid value: ").and_then(|rest| rest.split_once(", expected "))
    {
        return FieldError::new(
            path,
            format!("expected {}, found {}", plain_type(expected), plain_value(found)),
        );
    }
    FieldError::new(path, message)
}

fn prefix(message: &str) -> &str {
    message.split(" `").next().unwrap_or_default()
}

fn plain_type(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, not negative".to_owned(),
        "i32" | "i64" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "an array of length 2" => "a list of two: [row, column]".to_owned(),
        "a map" => "an object".to_owned(),
        "map with a single key" => "an object with exactly one field".to_owned(),
        "newtype variant" => "an object with its fields".to_owned(),
        other if other.starts_with("struct ") => "an object with named fields".to_owned(),
        other if other.starts_with("enum ") || other.contains("or map") => "a name or an object".to_owned(),
        other => other.to_owned(),
    }
}

fn plain_value(found: &str) -> String {
    match found {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit variant" => "its name alone".to_owned(),
        other => {
            let mut plain = String::new();
            let rest = ["floating point ", "integer ", "boolean "]
                .iter()
                .find_map(|kind| other.strip_prefix(kind))
                .unwrap_or(other);
            let _ = write!(plain, "{}", rest.replace('`', ""));
            plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested() {
        assert_eq!(nearest("voltges", ["voltages", "card"]), Some("voltages"));
        assert_eq!(nearest("zzz", ["voltages", "card"]), None);
        assert_eq!(suggestion("zzz", &["b", "a"]), "known are a, b");
    }

    #[test]
    fn serde_messages_become_sentences() {
        let sentence = |path, message| explain(path, message, &["seed"]).to_string();
        assert_eq!(
            sentence("sed", "unknown field `sed`, expected one of `card`, `voltages`"),
            "sed: unknown field; did you mean \"seed\"?"
        );
        assert_eq!(sentence("", "missing field `card`"), "card: this field is missing");
        assert_eq!(
            sentence("cells", "invalid type: floating point `1.5`, expected usize"),
            "cells: expected a whole number, not negative, found 1.5"
        );
    }
}
