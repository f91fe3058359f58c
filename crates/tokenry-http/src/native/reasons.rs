//! What every reason and every check means to people: in the authentication log, and where a token is explained.

use tokenry_core::verify::{Check, Reason};

/// What a reason means, and what to do about it.
pub(super) fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::AddressNotTrusted => {
            "The address is not among those from which this token may be used. Add it to the token's list, or to the \
             addresses that the settings trust; if it is a proxy's, see to it that the proxy says for whom it speaks."
        }
        Reason::AddressUnknown => {
            "A trusted proxy said for whom it speaks in a way that cannot be read. Repair the proxy's configuration."
        }
        Reason::Ambiguous => {
            "Several credentials were sent, or one that can be read in two ways. Send one."
        }
        Reason::BadSignature => {
            "It looks like a token, but was not made here, or was changed. Look for a mistyped string, or for another \
             server's token."
        }
        Reason::Disabled => "The token is disabled. Enable it if it should work.",
        Reason::Expired => {
            "The token's life has ended. Make another, and rotate it before its end."
        }
        Reason::LockedOut => {
            "There were too many wrong passwords; for a while even the right one is refused. Wait, or let an administrator \
             open the account."
        }
        Reason::Malformed => {
            "This has not the form of a credential. Look for a string that was cut short, and for quotes or line ends \
             around it."
        }
        Reason::Missing => "No credential was sent. Send \"Authorization: Bearer …\".",
        Reason::NoRule => "No rule of the gate allows this request. Add a rule if it should pass.",
        Reason::ForeignToken => "This is somebody else's token, and only one's own will do.",
        Reason::NotASession => "This is a token, and only a sign-in will do.",
        Reason::NotAToken => "This is a sign-in, and only a token will do. Make a token.",
        Reason::NotYetValid => "The token's life has not begun. Wait, and compare the clocks.",
        Reason::OwnerGone => {
            "The token's user was deleted. Make a token for somebody who is there; programs deserve users of their own."
        }
        Reason::OwnerLocked => {
            "The token's user is locked. Unlock the user if the token should work."
        }
        Reason::PersonaGone => {
            "The persona that the token acts as was deleted. Make another token."
        }
        Reason::PersonaUnassigned => {
            "The token's user may no longer act as its persona. Assign the persona again, or make another token."
        }
        Reason::PrivilegeMissing => {
            "The token's user, as its persona, may not use tokens of this form. Give a role with the privilege \"use token\"."
        }
        Reason::Revoked => {
            "The token was revoked. Its history tells by whom; if that was right, make another."
        }
        Reason::Rotated => {
            "Another token took this one's place. Give its string to every program that used the old one."
        }
        Reason::RateLimited => {
            "It was used more often than it may be. Use it less, or raise its rate. Two programs with one token share its \
             rate."
        }
        Reason::ScopeInsufficient => {
            "The token stands, but does not carry what this request needs. Give its user's role the capability, or make a \
             token with a wider scope."
        }
        Reason::SessionUnknown => "This sign-in has ended. Sign in again.",
        Reason::SessionIdle => "This sign-in was not used for too long. Sign in again.",
        Reason::Superseded => {
            "This short-lived token was made before all tokens of its user were revoked. Make another."
        }
        Reason::TokensDisabled => {
            "Token authentication is turned off, for all tokens. An administrator can turn it on in the settings."
        }
        Reason::Unknown => {
            "It was made here, but nothing is known of it. Is this the right server, and is its database the newest?"
        }
        Reason::UnknownKey => {
            "It was signed with a key that this server does not have any more. Make another token."
        }
        Reason::UnknownScheme => "This way of authenticating is not offered. Use a token.",
        Reason::WrongAudience => {
            "The token is for another API than this one. Use the token that was made for it."
        }
        Reason::WrongPassword => "There is no such user, or the password is wrong.",
    }
}

/// The name of a check for programs, and what it asks in words.
pub(super) fn check(check: Check) -> (&'static str, &'static str) {
    match check {
        Check::Feature => ("token_authentication", "Token authentication is on"),
        Check::Status => ("status", "The token is enabled"),
        Check::Begin => ("not_before", "Its life has begun"),
        Check::End => ("expires", "Its life has not ended"),
        Check::Address => ("address", "The address may use it"),
        Check::Owner => ("user", "Its user is there, and not locked"),
        Check::Persona => ("persona", "Its user may act as its persona"),
        Check::Privilege => ("privilege", "Its user may use tokens of this form"),
    }
}
