//! Published values beside ours: `/published/<result>` against `/results/<result>`.

use std::fmt::Write as _;

use super::page::{Section, escape, table};
use super::plot::unit;
use super::source::{Array, Source};
use crate::record::Attribute;

/// The section of tables, one for each result.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let mut body = String::new();
    let names: Vec<String> =
        source.shapes.keys().filter_map(|path| path.strip_prefix("/published/")).map(str::to_owned).collect();
    for name in names {
        let path = format!("/published/{name}");
        let Some(published) = source.take(&path) else { continue };
        let origin =
            source.file.attributes(&path).unwrap_or_default().into_iter().find_map(|(n, v)| match v {
                Attribute::Text(text) if n == "source" => Some(text),
                _ => None,
            });
        let ours = source.peek(&format!("/results/{name}"));
        let title = ours.as_ref().map_or_else(|| name.clone(), |ours| ours.name_or(&name));
        let _ = writeln!(body, "<h3>{}</h3>", escape(&title));
        if let Some(origin) = origin {
            let _ = writeln!(body, "<p>{}</p>", escape(&origin));
        }
        let text = match ours {
            Some(ours)
                if ours.values.len() == published.values.len()
                    && unit::plain(&ours.unit) == unit::plain(&published.unit) =>
            {
                comparison(source, &published, &ours)
            }
            Some(ours) => format!(
                "<p>Not comparable: the record has {} values in {}, the script gives {} in {}.</p>\n",
                ours.values.len(),
                escape(&ours.unit),
                published.values.len(),
                escape(&published.unit)
            ),
            None => format!("<p>Not comparable: the record has no result {}.</p>\n", escape(&name)),
        };
        body.push_str(&text);
    }
    Section::of("Published and ours", body)
}

fn comparison(source: &Source, published: &Array, ours: &Array) -> String {
    let head = ["At", "Published", "Ours", "Deviation"].map(str::to_owned);
    let mut rows = Vec::new();
    for (i, (theirs, own)) in published.values.iter().zip(&ours.values).enumerate() {
        if theirs.is_nan() {
            continue;
        }
        let quantity = |v: f64| if v.is_nan() { "–".to_owned() } else { unit::quantity(v, &ours.unit) };
        let ratio = own / theirs;
        let deviation = if !ratio.is_finite() {
            "–".to_owned()
        } else if (0.5..2.0).contains(&ratio) {
            format!("{:+.1} %", 100.0 * (ratio - 1.0)).replace('-', "\u{2212}")
        } else {
            format!("factor {}", unit::number(ratio))
        };
        rows.push(vec![label(source, ours, i), quantity(*theirs), quantity(*own), deviation]);
    }
    table(&head, &rows)
}

/// Where in the result a value stands: the values of its scales, the parameters of its point.
fn label(source: &Source, array: &Array, index: usize) -> String {
    let mut parts = Vec::new();
    let mut rest = index;
    for dimension in (0..array.shape.len()).rev() {
        let size = array.shape.get(dimension).copied().unwrap_or(1).max(1);
        let (position, next) = (rest % size, rest / size);
        rest = next;
        let points = (dimension == 0).then(|| source.labels()).filter(|labels| labels.len() == size);
        let scale = array.scales.get(dimension).and_then(Option::as_ref).and_then(|path| source.peek(path));
        if let Some(label) = points.as_ref().and_then(|labels| labels.get(position)) {
            parts.push(label.clone());
        } else if let Some((value, scale)) =
            scale.as_ref().and_then(|s| s.values.get(position).map(|v| (v, s)))
        {
            parts.push(unit::quantity(*value, &scale.unit));
        } else {
            parts.push(format!("{position}"));
        }
    }
    parts.reverse();
    parts.join(", ")
}
