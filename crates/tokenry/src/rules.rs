//! `tokenry rules test`: which rule of the gate decides about a request, so that nobody has to try it out with a token.

use anyhow::bail;
use serde_json::{Value, json};
use tokenry_http::gate::{Matched, Route, Rule, Rules};

use crate::{cli::CheckOutput, output};

/// Tells it.
///
/// # Errors
///
/// When the gate would refuse the request whatever the token: no rule fits, or its path can be read in two ways.
pub fn test(rules: &Rules, method: &str, url: &str, format: CheckOutput) -> anyhow::Result<()> {
    let (host, target) = parts(url);
    let route = Route {
        method,
        host,
        target,
    };
    let (told, refused) = match rules.find(route) {
        Err(ambiguous) => (json!({ "status": 400 }), Some(ambiguous.to_string())),
        Ok(Matched::Nothing) => (json!({ "status": 403 }), Some("no rule fits".to_owned())),
        Ok(Matched::Unruled) => (json!({ "rule": null, "demands": "a good token" }), None),
        Ok(Matched::By(place, rule)) => (of_rule(place, rule), None),
    };
    if format == CheckOutput::Json {
        let mut told = told;
        if let (Some(why), Some(fields)) = (&refused, told.as_object_mut()) {
            fields.insert("refused".to_owned(), json!(why));
        }
        output::data(&serde_json::to_string_pretty(&told)?)?;
    } else if refused.is_none() {
        output::data(&text(&told))?;
    }
    match refused {
        Some(why) => bail!("the gate refuses {method} {url}, whatever the token: {why}"),
        None => Ok(()),
    }
}

/// The host and the request target of a URL; a path alone has no host.
fn parts(url: &str) -> (&str, &str) {
    let Some((_, rest)) = url.split_once("://") else {
        return ("", url);
    };
    match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

fn of_rule(place: usize, rule: &Rule) -> Value {
    let names = |names: &[tokenry_core::id::Capability]| {
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let methods: Vec<&str> = rule
        .methods
        .iter()
        .map(axum::http::Method::as_str)
        .collect();
    json!({
        "rule": place,
        "host": rule.host.as_ref().map(ToString::to_string),
        "methods": methods,
        "path": rule.path.to_string(),
        "public": rule.public,
        "audience": rule.audience.as_ref().map(ToString::to_string),
        "capabilities": names(&rule.capabilities),
        "scope": names(&rule.scope),
    })
}

fn text(told: &Value) -> String {
    let Some(place) = told.get("rule").and_then(Value::as_u64) else {
        return "There are no rules: every good token passes.".to_owned();
    };
    let all = |name: &str| {
        let items = told.get(name).and_then(Value::as_array);
        let items = items.map(|items| items.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        items.unwrap_or_default().join(", ")
    };
    let one = |name: &str| {
        told.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let or = |text: String, other: &str| {
        if text.is_empty() {
            other.to_owned()
        } else {
            text
        }
    };
    let mut lines = vec![
        format!("Rule {place} decides."),
        format!("  host          {}", or(one("host"), "any")),
        format!("  methods       {}", or(all("methods"), "any")),
        format!("  path          {}", one("path")),
    ];
    if told.get("public") == Some(&json!(true)) {
        lines.push("  demands       nothing: requests without a token pass".to_owned());
    } else {
        lines.push(format!("  audience      {}", or(one("audience"), "any")));
        lines.push(format!(
            "  capabilities  {}",
            or(all("capabilities"), "none")
        ));
        lines.push(format!("  scope         {}", or(all("scope"), "none")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_and_a_target() {
        for (url, expected) in [
            (
                "https://api.example.com/orders?x=1",
                ("api.example.com", "/orders?x=1"),
            ),
            ("http://api.example.com:8080", ("api.example.com:8080", "/")),
            ("https://api.example.com?x", ("api.example.com", "?x")),
            ("/orders/7", ("", "/orders/7")),
        ] {
            assert_eq!(parts(url), expected, "{url}");
        }
    }
}
