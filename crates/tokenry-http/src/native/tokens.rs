//! `/api/v1/tokens`: POST makes a token in any form and shows its string, once.

use serde_json::{Value, json};
use tokenry_core::{
    app::{NewToken, Shape},
    id::PersonaId,
    token::{
        Form, Origins, Rate, Scope, Token, address::Networks, form::opaque::Kind, lifetime::Wanted,
    },
};

use super::{Face, call::Call, fields::Fields, problem::Problem, reply::Reply};

/// What a request may say.
const FIELDS: [&str; 12] = [
    "form",
    "kind",
    "user",
    "persona",
    "audience",
    "name",
    "notes",
    "expires",
    "not_before",
    "addresses",
    "scope",
    "rate",
];

pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Problem> {
    let fields = call.fields(&FIELDS)?;
    let wanted = wanted(&fields)?;
    let issued = face.door.app.issue_token(&call.caller, wanted).await?;
    let mut made = object(&issued.token);
    if let Some(fields) = made.as_object_mut() {
        fields.insert("token".to_owned(), issued.string.expose().into());
    }
    Ok(Reply::created(made))
}

fn wanted(fields: &Fields) -> Result<NewToken<'_>, Problem> {
    let owned = |name| Ok::<_, Problem>(fields.text(name)?.unwrap_or_default().to_owned());
    Ok(NewToken {
        shape: shape(fields)?,
        user: fields.text("user")?,
        persona: fields.integer("persona")?.map(PersonaId::from_number),
        audience: fields.text("audience")?,
        name: owned("name")?,
        notes: owned("notes")?,
        life: Wanted {
            expires_on: fields.text("expires")?,
            not_before: fields.text("not_before")?,
        },
        addresses: (fields.texts("addresses")?)
            .map(|items| Networks::parse_items("addresses", items))
            .transpose()?,
        scope: fields.texts("scope")?.map(Scope::parse).transpose()?,
        rate: rate(fields)?,
    })
}

fn shape(fields: &Fields) -> Result<Shape, Problem> {
    let form = match fields.text("form")? {
        None => Form::Opaque,
        Some(name) => Form::named(name).ok_or_else(|| {
            let names: Vec<&str> = Form::ALL.iter().map(|form| form.as_str()).collect();
            Problem::invalid("form", &format!("must be one of {}", names.join(", ")))
        })?,
    };
    match (form, fields.text("kind")?) {
        (Form::Opaque, kind) => {
            let kind = Kind::named(kind.unwrap_or(Kind::Personal.as_str()));
            let kind = kind.ok_or_else(|| Problem::invalid("kind", "must be pat or svc"))?;
            Ok(Shape::Opaque(kind))
        }
        (Form::Hex, None) => Ok(Shape::Hex),
        (Form::SplunkJwt, None) => Ok(Shape::SplunkJwt),
        (Form::Hex | Form::SplunkJwt, Some(_)) => {
            let why = "is only for opaque tokens; leave it out";
            Err(Problem::invalid("kind", why))
        }
    }
}

fn rate(fields: &Fields) -> Result<Option<Rate>, Problem> {
    let Some(rate) = fields.object("rate", &["per_minute", "burst"])? else {
        return Ok(None);
    };
    let number = |name| {
        let number = rate.integer(name)?.and_then(|n| u32::try_from(n).ok());
        Ok::<_, Problem>(number.unwrap_or(0))
    };
    Ok(Some(Rate::new(number("per_minute")?, number("burst")?)?))
}

/// A token without its string.
fn object(token: &Token) -> Value {
    let addresses = match &token.origins {
        Origins::Anywhere => Value::Null,
        Origins::Trusted(list) => list.items().collect(),
    };
    let scope = token.scope.as_ref();
    let scope = scope.map(|scope| scope.names().map(ToString::to_string).collect::<Vec<_>>());
    let rate = token.rate;
    let rate = rate.map(|rate| json!({ "per_minute": rate.per_minute, "burst": rate.burst }));
    json!({
        "id": token.id.to_hex(),
        "number": token.number.number(),
        "form": token.form.as_str(),
        "status": token.status.to_string(),
        "user": token.subject.as_str(),
        "persona": token.persona.number(),
        "audience": token.audience.as_str(),
        "name": token.name,
        "notes": token.notes,
        "scope": scope,
        "rate": rate,
        "addresses": addresses,
        "issued_at": token.issued_at.to_string(),
        "not_before": token.not_before.to_string(),
        "expires": token.expires.map(|end| end.to_string()),
    })
}
