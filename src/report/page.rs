//! The HTML around the figures.

use std::fmt::Write as _;

/// Text made safe for HTML text and attribute values.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no place in HTML or SVG.
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A part of the page with a heading; the body is HTML.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) body: String,
}

impl Section {
    /// A section, or nothing when there is nothing to show.
    pub(crate) fn of(title: &str, body: String) -> Option<Self> {
        (!body.is_empty()).then(|| Self { title: title.to_owned(), body })
    }
}

/// A table; the cells are plain text.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let cells = |tag: &str, row: &[String]| {
        row.iter().fold(String::new(), |mut html, cell| {
            let _ = write!(html, "<{tag}>{}</{tag}>", escape(cell));
            html
        })
    };
    let mut body = String::new();
    for row in rows {
        let _ = writeln!(body, "<tr>{}</tr>", cells("td", row));
    }
    let head = if head.is_empty() {
        String::new()
    } else {
        format!("<thead><tr>{}</tr></thead>", cells("th", head))
    };
    format!("<div class=\"wide\"><table>{head}<tbody>\n{body}</tbody></table></div>\n")
}

/// A collapsed block of preformatted text.
pub(crate) fn details(summary: &str, text: &str) -> String {
    format!("<details><summary>{}</summary><pre>{}</pre></details>\n", escape(summary), escape(text))
}

const STYLE: &str = include_str!("report.css");

/// The whole page.
pub(crate) fn page(title: &str, kind: &str, complete: bool, sections: &[Section]) -> String {
    let title = if title.trim().is_empty() { "Untitled run" } else { title };
    let (title, kind) = (escape(title), escape(kind));
    let banner = if complete {
        ""
    } else {
        "<p class=\"banner\"><strong>Incomplete.</strong> The run has not finished; \
         this report shows what it had written when it was last flushed.</p>\n"
    };
    let mut body = String::new();
    for Section { title, body: inner } in sections {
        let _ = write!(body, "<section>\n<h2>{}</h2>\n{inner}</section>\n", escape(title));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><p class=\"kind\">{kind}</p><h1>{title}</h1></header>\n{banner}{body}</body>\n</html>\n"
    )
}
