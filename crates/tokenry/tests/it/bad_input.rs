//! What a client can get wrong: each mistake is refused with the right status and a text that names the field, and
//! changes nothing.

use serde_json::Value;
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use crate::kit::{
    self, BINARY, CONTEXT, ROLES, SETTINGS, TOKENS, USERS, names, tokens_of, user_at,
};

/// What is wrong | request behind `/services/` | form | status | text. `{n}` is the letter x, n times.
const MISTAKES: &str = r#"
no name | POST authorization/tokens | audience=x | 400 | Cannot perform action "POST" without a target name to act on.
an empty name | POST authorization/tokens | name=&audience=x | 400 | Cannot perform action "POST" without a target name to act on.
a blank name | POST authorization/tokens | name=+&audience=x | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
an unknown user | POST authorization/tokens | name=ghost&audience=x | 400 | Invalid value of argument "name": user 'ghost' does not exist.
a name too long | POST authorization/tokens | name={1025}&audience=x | 400 | Invalid value of argument "name": must be at most 1024 characters long.
a name with white space | POST authorization/tokens | name=j+doe&audience=x | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a name with a line end | POST authorization/tokens | name=jdoe%0A&audience=x | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a name with NUL | POST authorization/tokens | name=jdoe%00&audience=x | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a name with an invisible character | POST authorization/tokens | name=jd%E2%80%8Boe&audience=x | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a look-alike | POST authorization/tokens | name=jd%D0%BEe&audience=x | 400 | Invalid value of argument "name": user 'jdоe' does not exist.
markup for a name | POST authorization/tokens | name=%3Cb%3E%22%26&audience=x | 400 | Invalid value of argument "name": user '<b>"&' does not exist.
two names | POST authorization/tokens | name=jdoe&name=admin&audience=x | 400 | Argument "name" is given more than once.
another name in the query | POST authorization/tokens?name=admin | name=jdoe&audience=x | 400 | Argument "name" is given more than once.
no audience | POST authorization/tokens | name=jdoe | 400 | The following required arguments are missing: audience.
an empty audience | POST authorization/tokens | name=jdoe&audience= | 400 | The following required arguments are missing: audience.
a blank audience | POST authorization/tokens | name=jdoe&audience=+ | 400 | Invalid value of argument "audience": must not be empty.
an audience too long | POST authorization/tokens | name=jdoe&audience={257} | 400 | Invalid value of argument "audience": must be at most 256 characters long.
an audience with a line end | POST authorization/tokens | name=jdoe&audience=a%0Ab | 400 | Invalid value of argument "audience": must not contain control or invisible characters.
an audience with an invisible character | POST authorization/tokens | name=jdoe&audience=a%E2%80%AEb | 400 | Invalid value of argument "audience": must not contain control or invisible characters.
expires_on: no time | POST authorization/tokens | name=jdoe&audience=x&expires_on=tomorrow | 400 | Invalid value of argument "expires_on": "tomorrow": "tomorrow" at character 1 is not a unit; use s, m, h, d, w, mon, q or y.
expires_on: an epoch | POST authorization/tokens | name=jdoe&audience=x&expires_on=1900000000 | 400 | Invalid value of argument "expires_on": "1900000000": "1900000000" at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z.
expires_on: a time back | POST authorization/tokens | name=jdoe&audience=x&expires_on=-1d | 400 | Invalid value of argument "expires_on": "-1d": "-" at character 1 looks back, and the times of a token only look forward; use +.
expires_on: half a snap | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1d%40 | 400 | Invalid value of argument "expires_on": "+1d@": the end at character 5 comes instead of a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y.
expires_on: an unknown unit | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1x | 400 | Invalid value of argument "expires_on": "+1x": "x" at character 3 is not a unit; use s, m, h, d, w, mon, q or y.
expires_on: upper case | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1D | 400 | Invalid value of argument "expires_on": "+1D": "D" at character 3 is upper case; use lower case.
expires_on: no number | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B | 400 | Invalid value of argument "expires_on": "+": the end at character 2 comes instead of a unit; use s, m, h, d, w, mon, q or y.
expires_on: a past time | POST authorization/tokens | name=jdoe&audience=x&expires_on=2019-01-01T00:00:00 | 400 | Invalid value of argument "expires_on": must lie in the future.
expires_on: now | POST authorization/tokens | name=jdoe&audience=x&expires_on=now | 400 | Invalid value of argument "expires_on": must lie in the future.
expires_on: no such day | POST authorization/tokens | name=jdoe&audience=x&expires_on=2099-02-30T00:00:00 | 400 | Invalid value of argument "expires_on": "2099-02-30T00:00:00": "30" at character 9 is not a day of that month.
expires_on: no such hour | POST authorization/tokens | name=jdoe&audience=x&expires_on=2099-01-01T25:00:00 | 400 | Invalid value of argument "expires_on": "2099-01-01T25:00:00": "25" at character 12 is not an hour from 00 to 23.
expires_on: a day alone | POST authorization/tokens | name=jdoe&audience=x&expires_on=2099-01-01 | 400 | Invalid value of argument "expires_on": "2099-01-01": the end at character 11 comes instead of the letter T; write YYYY-MM-DDTHH:MM:SS.
expires_on: a time without T | POST authorization/tokens | name=jdoe&audience=x&expires_on=2099-01-01+00:00:00 | 400 | Invalid value of argument "expires_on": "2099-01-01 00:00:00": " " at character 11 is not the letter T; write YYYY-MM-DDTHH:MM:SS.
expires_on: a wrong offset | POST authorization/tokens | name=jdoe&audience=x&expires_on=2099-01-01T00:00:00%2B99:00 | 400 | Invalid value of argument "expires_on": "2099-01-01T00:00:00+99:00": "99" at character 21 is not an offset hour from 00 to 23; write +HH:MM or -HH:MM.
expires_on: a step that rounds into the past | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B0m%40h | 400 | Invalid value of argument "expires_on": must lie in the future.
expires_on: rounded to the year | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B0s%40y | 400 | Invalid value of argument "expires_on": must lie in the future.
expires_on: too far | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B19y | 400 | Invalid value of argument "expires_on": must be at most +18y.
expires_on: far beyond the calendar | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B99999y | 400 | Invalid value of argument "expires_on": "+99999y": "+99999y" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time.
expires_on: more than a number holds | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B99999999999999999999s | 400 | Invalid value of argument "expires_on": "+99999999999999999999s": "9999999999999999..." at character 2 is too large a number; use at most 999999999.
expires_on: beyond the last year | POST authorization/tokens | name=jdoe&audience=x&expires_on=9999-12-31T23:59:59Z | 400 | Invalid value of argument "expires_on": "9999-12-31T23:59:59Z": "9999-12-31T23:59..." at character 1 leaves the calendar, which ends with the year 9999; use an earlier time.
expires_on: a fifth digit | POST authorization/tokens | name=jdoe&audience=x&expires_on=10000-01-01T00:00:00Z | 400 | Invalid value of argument "expires_on": "10000-01-01T00:00:00Z": "10000" at character 1 is not a year of four digits.
expires_on: too many steps | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s%2B1s | 400 | Invalid value of argument "expires_on": "+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s+1s...": "+" at character 49 begins one step too many; use at most 16.
expires_on: too long | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B{200}s | 400 | Invalid value of argument "expires_on": "+xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": "x" at character 129 is one too many; use at most 128 characters.
expires_on: never | POST authorization/tokens | name=jdoe&audience=x&expires_on=never | 400 | Invalid value of argument "expires_on": "never" can only be a default; leave the argument out.
expires_on: an injection | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1d%27+OR+1=1 | 400 | Invalid value of argument "expires_on": "+1d' OR 1=1": "'" at character 4 is not a unit; use s, m, h, d, w, mon, q or y.
expires_on: a wide digit | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B%EF%BC%91d | 400 | Invalid value of argument "expires_on": "+?d": "?" at character 2 is not a unit; use s, m, h, d, w, mon, q or y.
not_before: no time | POST authorization/tokens | name=jdoe&audience=x&not_before=later | 400 | Invalid value of argument "not_before": "later": "later" at character 1 is not a unit; use s, m, h, d, w, mon, q or y.
not_before: a past time | POST authorization/tokens | name=jdoe&audience=x&not_before=2019-01-01T00:00:00 | 400 | Invalid value of argument "not_before": must not lie in the past.
not_before: rounded into the past | POST authorization/tokens | name=jdoe&audience=x&not_before=%2B0s%40y | 400 | Invalid value of argument "not_before": must not lie in the past.
not_before: never | POST authorization/tokens | name=jdoe&audience=x&not_before=never | 400 | Invalid value of argument "not_before": "never" can only be a default; leave the argument out.
not_before after expires_on | POST authorization/tokens | name=jdoe&audience=x&not_before=%2B2d&expires_on=%2B1d | 400 | Invalid value of argument "not_before": must lie before expires_on.
not_before at expires_on | POST authorization/tokens | name=jdoe&audience=x&not_before=%2B1d&expires_on=%2B1d | 400 | Invalid value of argument "not_before": must lie before expires_on.
two expiries | POST authorization/tokens | name=jdoe&audience=x&expires_on=%2B1d&expires_on=%2B2d | 400 | Argument "expires_on" is given more than once.
an ephemeral token for too long | POST authorization/tokens | name=jdoe&audience=x&type=ephemeral&expires_on=%2B361m | 400 | Invalid value of argument "expires_on": an ephemeral token lives at most +6h.
an ephemeral token, disabled | POST authorization/tokens | name=jdoe&audience=x&type=ephemeral&status=disabled | 400 | Invalid value of argument "status": only a static token can be disabled.
an ephemeral token, not before its end | POST authorization/tokens | name=jdoe&audience=x&type=ephemeral&not_before=%2B2h | 400 | Invalid value of argument "not_before": must lie before the default expiration; give expires_on too.
an interactive token with an expiry | POST authorization/tokens | type=interactive&expires_on=%2B1h | 400 | Invalid value of argument "expires_on": an interactive token always lives one hour.
an unknown type | POST authorization/tokens | name=jdoe&audience=x&type=eternal | 400 | Argument "type" must be one of: static, ephemeral, interactive.
an unknown status | POST authorization/tokens | name=jdoe&audience=x&status=on | 400 | Invalid value of argument "status": must be enabled or disabled.
an unknown argument, colour | POST authorization/tokens | name=jdoe&audience=x&colour=x | 400 | Argument "colour" is not supported by this handler.
an unknown argument, expires-on | POST authorization/tokens | name=jdoe&audience=x&expires-on=x | 400 | Argument "expires-on" is not supported by this handler.
an unknown argument, Name | POST authorization/tokens | name=jdoe&audience=x&Name=x | 400 | Argument "Name" is not supported by this handler.
an unknown argument, owner | POST authorization/tokens | name=jdoe&audience=x&owner=x | 400 | Argument "owner" is not supported by this handler.
an unknown argument, user_id | POST authorization/tokens | name=jdoe&audience=x&user_id=x | 400 | Argument "user_id" is not supported by this handler.
an unknown argument, id | POST authorization/tokens | name=jdoe&audience=x&id=x | 400 | Argument "id" is not supported by this handler.
an unknown argument, roles | POST authorization/tokens | name=jdoe&audience=x&roles=x | 400 | Argument "roles" is not supported by this handler.
an unknown argument, created_by | POST authorization/tokens | name=jdoe&audience=x&created_by=x | 400 | Argument "created_by" is not supported by this handler.
an unknown argument, token | POST authorization/tokens | name=jdoe&audience=x&token=x | 400 | Argument "token" is not supported by this handler.
an unknown argument, __proto__ | POST authorization/tokens | name=jdoe&audience=x&__proto__=x | 400 | Argument "__proto__" is not supported by this handler.
an unknown argument, nameless | POST authorization/tokens | name=jdoe&audience=x&=x | 400 | Argument "" is not supported by this handler.
an unknown argument in the query | POST authorization/tokens?colour=red | name=jdoe&audience=x | 400 | Argument "colour" is not supported by this handler.
an unknown format | POST authorization/tokens | name=jdoe&audience=x&output_mode=csv | 400 | Argument "output_mode" must be one of: json, xml, atom.
no status | POST authorization/tokens/jdoe |  | 400 | The following required arguments are missing: status.
an empty status | POST authorization/tokens/jdoe | status= | 400 | The following required arguments are missing: status.
an unknown status of a token | POST authorization/tokens/jdoe | status=on | 400 | Invalid value of argument "status": must be enabled or disabled.
two statuses | POST authorization/tokens/jdoe | status=enabled&status=disabled | 400 | Argument "status" is given more than once.
an argument that never changes | POST authorization/tokens/jdoe | status=disabled&audience=y | 400 | Argument "audience" is not supported by this handler.
a status for nobody | POST authorization/tokens/ghost | status=disabled | 404 | Could not find object id=ghost
a status for no name | POST authorization/tokens/%20 | status=disabled | 404 | Could not find object id= 
a status for broken text | POST authorization/tokens/%FF | status=disabled | 400 | The path is not UTF-8.
a status for NUL | POST authorization/tokens/%00 | status=disabled | 404 | Could not find object id=
an empty id | DELETE authorization/tokens/jdoe | id= | 400 | Argument "id" must not be empty; leave it out to delete all tokens.
an empty id in the query | DELETE authorization/tokens/jdoe?id= |  | 400 | Argument "id" must not be empty; leave it out to delete all tokens.
two ids | DELETE authorization/tokens/jdoe | id=a&id=b | 400 | Argument "id" is given more than once.
an argument of delete | DELETE authorization/tokens/jdoe | username=jdoe | 400 | Argument "username" is not supported by this handler.
delete without a name | DELETE authorization/tokens |  | 400 | Cannot perform action "DELETE" without a target name to act on.
delete for nobody | DELETE authorization/tokens/ghost |  | 404 | Could not find object id=ghost
a list with status=on | GET authorization/tokens?status=on |  | 400 | Invalid value of argument "status": must be enabled or disabled.
a list with sort_key=secret | GET authorization/tokens?sort_key=secret |  | 400 | Argument "sort_key" knows these fields of a token: claims.aud, claims.exp, name, claims.idp, claims.iat, claims.iss, lastUsed, lastUsedIp, claims.nbr, status, claims.sub.
a list with sort_dir=up | GET authorization/tokens?sort_dir=up |  | 400 | Argument "sort_dir" must be one of: asc, desc.
a list with sort_mode=best | GET authorization/tokens?sort_mode=best |  | 400 | Argument "sort_mode" must be one of: auto, alpha, alpha_case, num.
a list with search=a+OR+b | GET authorization/tokens?search=a+OR+b |  | 400 | Argument "search" supports field=value and free text only, without OR, NOT and !=.
a list with search=NOT+a | GET authorization/tokens?search=NOT+a |  | 400 | Argument "search" supports field=value and free text only, without OR, NOT and !=.
a list with search=secret%3Dx | GET authorization/tokens?search=secret%3Dx |  | 400 | Argument "search" knows these fields of a token: claims.aud, claims.exp, name, claims.idp, claims.iat, claims.iss, lastUsed, lastUsedIp, claims.nbr, status, claims.sub.
a list with colour=red | GET authorization/tokens?colour=red |  | 400 | Argument "colour" is not supported by this handler.
a list with token=x | GET authorization/tokens?token=x |  | 400 | Argument "token" is not supported by this handler.
a list with access_token=x | GET authorization/tokens?access_token=x |  | 400 | Argument "access_token" is not supported by this handler.
settings with disabled=maybe | POST admin/token-auth/tokens_auth | disabled=maybe | 400 | Argument "disabled" must be a boolean: 0, 1, true, false, yes or no.
settings with disabled= | POST admin/token-auth/tokens_auth | disabled= | 400 | Argument "disabled" must be a boolean: 0, 1, true, false, yes or no.
settings with disabled=0&disabled=1 | POST admin/token-auth/tokens_auth | disabled=0&disabled=1 | 400 | Argument "disabled" is given more than once.
settings with expiration=-1d | POST admin/token-auth/tokens_auth | expiration=-1d | 400 | Invalid value of argument "expiration": "-1d": "-" at character 1 looks back, and the times of a token only look forward; use +.
settings with expiration=2030-01-01T00:00:00 | POST admin/token-auth/tokens_auth | expiration=2030-01-01T00:00:00 | 400 | Invalid value of argument "expiration": must be relative, such as +30d, or never.
settings with expiration=%2B19y | POST admin/token-auth/tokens_auth | expiration=%2B19y | 400 | Invalid value of argument "expiration": must be at most +18y.
settings with expiration=%2B0d | POST admin/token-auth/tokens_auth | expiration=%2B0d | 400 | Invalid value of argument "expiration": must always lead into the future.
settings with expiration=1 | POST admin/token-auth/tokens_auth | expiration=1 | 400 | Invalid value of argument "expiration": "1": "1" at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z.
settings with ephemeralExpiration=%2B7h | POST admin/token-auth/tokens_auth | ephemeralExpiration=%2B7h | 400 | Invalid value of argument "ephemeralExpiration": an ephemeral token lives at most +6h.
settings with ephemeralExpiration=never | POST admin/token-auth/tokens_auth | ephemeralExpiration=never | 400 | Invalid value of argument "ephemeralExpiration": an ephemeral token must expire; give at most +6h.
settings with colour=red | POST admin/token-auth/tokens_auth | colour=red | 400 | Argument "colour" is not supported by this handler.
a user without a name | POST authentication/users | password=a+password&roles=user | 400 | Cannot perform action "POST" without a target name to act on.
a user who is there | POST authentication/users | name=jdoe&password=a+password&roles=user | 400 | User with name=jdoe already exists.
a user who is there in other case | POST authentication/users | name=JDoe&password=a+password&roles=user | 400 | User with name=jdoe already exists.
a user without a password | POST authentication/users | name=new&roles=user | 400 | The following required arguments are missing: password.
a password too short | POST authentication/users | name=new&password=1234567&roles=user | 400 | Invalid value of argument "password": must be at least 8 characters long.
a password too long | POST authentication/users | name=new&password={1025}&roles=user | 400 | Invalid value of argument "password": must be at most 1024 bytes long.
two passwords | POST authentication/users | name=new&password=a+password&password=b+password&roles=user | 400 | Argument "password" is given more than once.
a user without a role | POST authentication/users | name=new&password=a+password | 400 | Invalid value of argument "roles": a user needs at least one role.
an unknown role | POST authentication/users | name=new&password=a+password&roles=ghost | 400 | Invalid value of argument "roles": role 'ghost' does not exist.
no role name | POST authentication/users | name=new&password=a+password&roles=A%20b | 400 | Invalid value of argument "roles": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
a user name with a colon | POST authentication/users | name=a:b&password=a+password&roles=user | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a user name with a line end | POST authentication/users | name=a%0Ab&password=a+password&roles=user | 400 | Invalid value of argument "name": must not contain white space, colons or invisible characters.
a user named as a path is | POST authentication/users | name=_new&password=a+password&roles=user | 400 | Invalid value of argument "name": is reserved; a path could not name this user.
a user named as another path is | POST authentication/users | name=Create&password=a+password&roles=user | 400 | Invalid value of argument "name": is reserved; a path could not name this user.
a role named as a path is | POST authorization/roles | name=_new | 400 | Invalid value of argument "name": is reserved; a path could not name this role.
a user name too long | POST authentication/users | name={1025}&password=a+password&roles=user | 400 | Invalid value of argument "name": must be at most 1024 characters long.
an unknown zone | POST authentication/users | name=new&tz=Mars/Olympus&password=a+password&roles=user | 400 | Invalid value of argument "tz": must be the name of a time zone, such as Europe/Berlin, or empty.
a zone that is a path | POST authentication/users | name=new&tz=../../etc/passwd&password=a+password&roles=user | 400 | Invalid value of argument "tz": must be the name of a time zone, such as Europe/Berlin, or empty.
a real name too long | POST authentication/users | name=new&realname={2000}&password=a+password&roles=user | 400 | Invalid value of argument "realname": must be at most 1024 characters long.
an e-mail with a line end | POST authentication/users | name=new&email=a%0Ab&password=a+password&roles=user | 400 | Invalid value of argument "email": must not contain control or invisible characters.
createrole: no boolean | POST authentication/users | name=new&createrole=perhaps&password=a+password&roles=user | 400 | Argument "createrole" must be a boolean: 0, 1, true, false, yes or no.
an unknown argument of a user | POST authentication/users | name=new&colour=red&password=a+password&roles=user | 400 | Argument "colour" is not supported by this handler.
locked-out: no boolean | POST authentication/users/jdoe | locked-out=perhaps | 400 | Argument "locked-out" must be a boolean: 0, 1, true, false, yes or no.
no roles left | POST authentication/users/jdoe | roles= | 400 | Invalid value of argument "roles": a user needs at least one role.
another name | POST authentication/users/jdoe | name=other | 400 | Argument "name" is not supported by this handler.
own password without the old | POST authentication/users/admin | password=another+password | 400 | Invalid value of argument "oldpassword": is needed to change your own password.
own password with a wrong old | POST authentication/users/admin | password=another+password&oldpassword=x | 400 | Invalid value of argument "oldpassword": is not your present password.
locking the last administrator | POST authentication/users/admin | locked-out=1 | 400 | This would leave nobody who can edit users and roles.
demoting the last administrator | POST authentication/users/admin | roles=user | 400 | This would leave nobody who can edit users and roles.
deleting oneself | DELETE authentication/users/admin |  | 400 | You cannot delete your own account.
deleting nobody | DELETE authentication/users/ghost |  | 400 | Could not find object id=ghost
deleting no name | DELETE authentication/users |  | 400 | Cannot perform action "DELETE" without a target name to act on.
a role without a name | POST authorization/roles |  | 400 | Cannot perform action "POST" without a target name to act on.
a role that is there | POST authorization/roles | name=low | 400 | Role with name=low already exists.
a role that is there in other case | POST authorization/roles | name=LOW | 400 | Role with name=low already exists.
a role name with a space | POST authorization/roles | name=a+b | 400 | Invalid value of argument "name": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
a role name with a semicolon | POST authorization/roles | name=a;b | 400 | Invalid value of argument "name": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
a role name with a slash | POST authorization/roles | name=a/b | 400 | Invalid value of argument "name": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
a role name of look-alikes | POST authorization/roles | name=%D0%B0dmin | 400 | Invalid value of argument "name": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
a role name too long | POST authorization/roles | name={101} | 400 | Invalid value of argument "name": a role's name has 1 to 100 lower-case letters, digits, underscores, dots and hyphens.
an unknown role imported | POST authorization/roles | name=new&imported_roles=ghost | 400 | Invalid value of argument "imported_roles": role 'ghost' does not exist.
a role that imports itself | POST authorization/roles | name=new&imported_roles=new | 400 | Invalid value of argument "imported_roles": role 'new' would import itself.
a cycle of one | POST authorization/roles/low | imported_roles=low | 400 | Invalid value of argument "imported_roles": role 'low' would import itself.
a cycle of two | POST authorization/roles/low | imported_roles=middle | 400 | Invalid value of argument "imported_roles": role 'low' would import itself.
a cycle of three | POST authorization/roles/low | imported_roles=high | 400 | Invalid value of argument "imported_roles": role 'low' would import itself.
a capability in upper case | POST authorization/roles | name=new&capabilities=Edit_User | 400 | Invalid value of argument "capabilities": a capability has 1 to 100 lower-case letters, digits, underscores, dots, colons, hyphens and single spaces.
a capability with two spaces | POST authorization/roles | name=new&capabilities=edit++user | 400 | Invalid value of argument "capabilities": a capability has 1 to 100 lower-case letters, digits, underscores, dots, colons, hyphens and single spaces.
no number | POST authorization/roles | name=new&srchJobsQuota=many | 400 | Argument "srchJobsQuota" must be a whole number.
a read-only attribute | POST authorization/roles | name=new&imported_capabilities=edit_user | 400 | Argument "imported_capabilities" is not supported by this handler.
an attribute too long | POST authorization/roles | name=new&srchFilter={1025} | 400 | Invalid value of argument "role": an attribute has at most 1024 texts and characters.
deleting the role of the last administrator | DELETE authorization/roles/admin |  | 400 | This would leave nobody who can edit users and roles.
deleting no role | DELETE authorization/roles/ghost |  | 404 | Could not find object id=ghost
emptying the role of the last administrator | POST authorization/roles/admin | capabilities=&imported_roles= | 400 | This would leave nobody who can edit users and roles.
a session that is none | DELETE authentication/httpauth-tokens/x |  | 404 | Not a valid session.
half a percent | POST authorization/tokens | name=%2&audience=x | 400 | The request body cannot be decoded: there is a % without two hex digits at byte 5, in argument "name".
no hex digits | POST authorization/tokens | name=%zz&audience=x | 400 | The request body cannot be decoded: there is a % without two hex digits at byte 5, in argument "name".
no UTF-8 | POST authorization/tokens | name=jdoe&audience=%ff | 400 | The request body cannot be decoded: the text is not UTF-8 at byte 19, in argument "audience".
an overlong UTF-8 slash | POST authorization/tokens | name=jdoe&audience=%c0%af | 400 | The request body cannot be decoded: the text is not UTF-8 at byte 19, in argument "audience".
half a surrogate | POST authorization/tokens | name=jdoe&audience=%ed%a0%80 | 400 | The request body cannot be decoded: the text is not UTF-8 at byte 19, in argument "audience".
a broken name | POST authorization/tokens | %ff=x | 400 | The request body cannot be decoded: the text is not UTF-8 at byte 0.
a broken query | POST authorization/tokens?name=%2 |  | 400 | The query string cannot be decoded: there is a % without two hex digits at byte 5, in argument "name".
JSON for a form | POST authorization/tokens | [json] | 400 | Argument "…" is not supported by this handler.
XML for a form | POST authorization/tokens | <a/> | 400 | Argument "…" is not supported by this handler.
a name too long for an argument | POST authorization/tokens | {257}=x | 400 | The name of an argument is longer than 256 bytes.
a long name of nobody | DELETE authentication/users/{2000} |  | 400 | Could not find object id=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
a long path | GET authentication/users/{60000} |  | 431 | 
a search too long | GET authorization/tokens?search={513} |  | 400 | Argument "search" is longer than 512 characters.
"#;

struct Mistake {
    what: &'static str,
    request: &'static str,
    form: &'static str,
    status: &'static str,
    text: &'static str,
}

fn mistakes() -> Vec<Mistake> {
    let mistake = |line: &'static str| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [what, request, form, status, text] = fields[..] else {
            panic!("not five fields: {line}")
        };
        Mistake {
            what,
            request,
            form,
            status,
            text,
        }
    };
    MISTAKES
        .lines()
        .filter(|line| !line.is_empty())
        .map(mistake)
        .collect()
}

#[tokio::test]
async fn mistakes_are_named_and_change_nothing() {
    let mut server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "jdoe", "a password", &["user"]).await;
    kit::token(&admin, "jdoe", &[]).await;
    kit::role(&admin, "low", &[]).await;
    for (role, imported) in [("middle", "low"), ("high", "middle")] {
        let form = [("name", role), ("imported_roles", imported)];
        drop(admin.post(ROLES, &form).await.expect_status(201));
    }
    let before = state(&admin).await;
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let (status, text) = make(&admin, &mistake).await;
        let text = text.trim_end().to_owned();
        if (status.to_string().as_str(), text.as_str()) != (mistake.status, mistake.text) {
            let Mistake {
                what,
                request,
                form,
                ..
            } = &mistake;
            wrong.push(format!("{what} | {request} | {form} | {status} | {text}"));
        }
        assert_eq!(
            state(&admin).await,
            before,
            "{} changed something",
            mistake.what
        );
    }
    assert!(
        wrong.is_empty(),
        "these were answered otherwise:\n{}",
        wrong.join("\n")
    );
    let events = events(&server);
    server.stop();
    assert_eq!(
        self::events(&server),
        events,
        "a refused change was recorded as one"
    );
}

async fn make(client: &Client, mistake: &Mistake) -> (u16, String) {
    let (method, path) = mistake.request.split_once(' ').unwrap();
    let mut path = repeated(&format!("/services/{path}"));
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str("output_mode=json");
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let answer = client
        .send(method, &path, &[], repeated(mistake.form))
        .await;
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else {
        let text = answer.text.rsplit("</msg>").nth(1).unwrap_or(&answer.text);
        let text = text.rsplit('>').next().unwrap_or(text).to_owned();
        return (answer.status, text);
    };
    let text = json["messages"][0]["text"].as_str().unwrap_or_default();
    (answer.status, text.to_owned())
}

/// The text with every `{n}` replaced by so many letters.
fn repeated(text: &str) -> String {
    let mut parts = text.split('{');
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (number, rest) = part.split_once('}').unwrap();
        whole.push_str(&"x".repeat(number.parse().unwrap()));
        whole.push_str(rest);
    }
    whole
}

/// All that can be changed by requests.
async fn state(admin: &Client) -> Vec<Value> {
    let mut state = Vec::new();
    for path in [TOKENS, USERS, ROLES, SETTINGS] {
        let mut listed = admin
            .get(&format!("{path}&count=0"))
            .await
            .expect_status(200)
            .json();
        state.push(listed["entry"].take());
    }
    state
}

/// How many changes stand in the audit file.
fn events(server: &Server) -> usize {
    let file = std::fs::read_to_string(server.data().join("log/audit.jsonl")).unwrap();
    file.lines()
        .filter(|line| line.contains(r#""kind":"event""#))
        .count()
}

/// Ten megabytes are refused, announced or not, and before they have all been sent; a thousand arguments are taken.
#[tokio::test]
async fn large_bodies_are_refused_and_the_connection_survives_small_ones() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let large = vec![b'x'; 10 * 1024 * 1024];
    for client in [&admin, &server.anonymous()] {
        for path in [TOKENS, "/services/auth/login?output_mode=json"] {
            // A client that goes on sending may find the connection closed before it reads the answer.
            if let Ok(answer) = client
                .try_send(Method::POST, path, &[], large.clone())
                .await
            {
                assert_eq!(answer.status, 413, "{}", answer.text);
                assert_eq!(
                    answer.message(),
                    "The request body is longer than this server takes."
                );
            }
        }
    }
    assert_eq!(admin.get(CONTEXT).await.status, 200);
    let many = |number: usize| vec!["count=1"; number].join("&");
    let answer = admin.send(Method::GET, TOKENS, &[], many(998)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = admin.send(Method::GET, TOKENS, &[], many(1001)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.message(),
        "The request has more than 1000 arguments."
    );
    let json = r#"{"name":"admin","audience":"x","password":"a secret"}"#;
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let answer = admin
            .send(Method::POST, TOKENS, &[("content-type", kind)], json)
            .await;
        assert_eq!(answer.status, 400, "{kind}");
        assert!(!answer.text.contains("secret"), "NT-43: {}", answer.text);
    }
}

/// Two credentials are none: whoever took the first and whoever took the last would see two callers.
#[tokio::test]
async fn nt55_two_credentials_of_a_kind_are_refused() {
    let server = Server::start(BINARY);
    let key = server.session_key("admin", "Ch#ng3d!").await;
    let admin = server.splunk(&key);
    let token = kit::token(&admin, "admin", &[]).await.string;
    let name = format!("splunkd_{}", server.port());
    let (bearer, splunk) = (format!("Bearer {token}"), format!("Splunk {key}"));
    let client = || server.anonymous();
    let refused = [
        (
            "twice the same",
            client().authorization(&bearer).authorization(&bearer),
        ),
        (
            "a token and a key",
            client().authorization(&bearer).authorization(&splunk),
        ),
        (
            "a key and nonsense",
            client().authorization(&splunk).authorization("x"),
        ),
        (
            "an empty one and a key",
            client().authorization("").authorization(&splunk),
        ),
        (
            "a key and a password",
            client().authorization(&splunk).basic("admin", "Ch#ng3d!"),
        ),
        (
            "a cookie twice",
            client().header("cookie", &format!("{name}={key}; {name}={key}")),
        ),
        (
            "two cookies",
            client()
                .header("cookie", &format!("{name}={key}"))
                .header("cookie", &format!("{name}=x")),
        ),
    ];
    for (what, client) in refused {
        let answer = client.get(CONTEXT).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        assert_eq!(
            answer.message(),
            "The request carries more than one credential; send exactly one.",
            "{what}"
        );
    }
    let many = format!("a=b; {name}={key}; splunkweb_csrf_token_1={key}; splunkd_1=x");
    let answer = client().header("cookie", &many).get(CONTEXT).await;
    assert_eq!(answer.status, 200, "other cookies are none of ours");
}

/// What stands in an address ends up in histories and logs: it is no credential.
#[tokio::test]
async fn nt44_a_token_in_the_address_is_no_credential() {
    let mut server = Server::builder(BINARY).log_level("trace").start();
    let admin = server.admin_session().await;
    let token = kit::token(&admin, "admin", &[]).await.string;
    for name in [
        "token",
        "access_token",
        "apikey",
        "api_key",
        "authorization",
        "sessionKey",
    ] {
        let path = format!("{CONTEXT}&{name}={token}");
        let stranger = server.anonymous().get(&path).await;
        assert_eq!(stranger.status, 401, "{name}");
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(!answer.text.contains(&token[..20]), "{}", answer.text);
        let form = [(name, token.as_str())];
        assert_eq!(server.anonymous().post(TOKENS, &form).await.status, 401);
    }
    server.stop();
    let log = server.log();
    for part in token.split('.') {
        assert!(!log.contains(&part[..20]), "the log shows the token");
    }
}

/// A page of another site may not act with the session of whoever looks at it.
#[tokio::test]
async fn nt60_another_sites_page_changes_nothing_with_a_cookie() {
    let server = Server::start(BINARY);
    let key = server.session_key("admin", "Ch#ng3d!").await;
    let admin = server.splunk(&key);
    let here = format!("https://{}", server.address());
    let form = "name=admin&audience=x";
    let json = r#"{"name":"admin","audience":"x"}"#;
    for (origin, kind, body, status) in [
        (
            "https://evil.example",
            "application/x-www-form-urlencoded",
            form,
            403,
        ),
        ("https://evil.example", "text/plain", json, 403),
        ("https://evil.example", "text/plain", form, 403),
        ("null", "application/x-www-form-urlencoded", form, 403),
        ("", "application/x-www-form-urlencoded", form, 403),
        (
            "https://127.0.0.1",
            "application/x-www-form-urlencoded",
            form,
            403,
        ),
        (
            "https://127.0.0.1:1",
            "application/x-www-form-urlencoded",
            form,
            403,
        ),
        (
            &format!("{here}.evil.example"),
            "application/x-www-form-urlencoded",
            form,
            403,
        ),
        (
            &format!("https://evil.example@{}", server.address()),
            "text/plain",
            form,
            403,
        ),
        (&here, "application/x-www-form-urlencoded", form, 201),
    ] {
        let before = count(&admin).await;
        let headers = [("origin", origin), ("content-type", kind)];
        let page = server.cookie(&key);
        let answer = page.send(Method::POST, TOKENS, &headers, body).await;
        assert_eq!(answer.status, status, "{origin:?} {kind}: {}", answer.text);
        let made = usize::from(status == 201);
        assert_eq!(count(&admin).await, before + made, "{origin:?}");
        let answer = page
            .send(
                Method::DELETE,
                &tokens_of("admin"),
                &[("origin", "null")],
                "",
            )
            .await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let page = server.cookie(&key);
    let other = [("origin", "https://evil.example")];
    assert_eq!(
        page.send(Method::GET, CONTEXT, &other, "").await.status,
        200
    );
    assert_eq!(
        page.send(Method::POST, TOKENS, &[], form).await.status,
        201,
        "no browser"
    );
    let with_header = server.splunk(&key);
    let answer = with_header.send(Method::POST, TOKENS, &other, form).await;
    assert_eq!(answer.status, 201, "no page can add this header");
    // GET changes nothing, whatever it says (NT-60).
    let before = count(&admin).await;
    for path in [
        "name=admin&audience=x",
        "status=disabled",
        "disabled=1&expiration=never",
    ] {
        for at in [
            "authorization/tokens",
            "authorization/tokens/admin",
            "admin/token-auth/tokens_auth",
        ] {
            let answer: Answer = page.get(&format!("/services/{at}?{path}")).await;
            assert!(answer.status < 500, "{}", answer.text);
        }
    }
    assert_eq!(count(&admin).await, before);
}

async fn count(admin: &Client) -> usize {
    let listed = admin.get(&format!("{TOKENS}&count=0&status=enabled")).await;
    names(&listed.expect_status(200).json()).len()
}

/// Whatever a user's name is, the paths that hold it lead to him, and he to his tokens (spec/splunk.md 2.5).
#[tokio::test]
async fn any_name_can_stand_in_a_path() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    for name in [
        "a/b",
        "a%2fb",
        "jo.hn@example.com",
        "a+b",
        "..",
        ".",
        "%00",
        "a?b#c",
        "{name}",
        "ünï",
        "a\\b",
        "a;b=c",
        "x'--",
    ] {
        kit::user(&admin, name, "a password", &["user"]).await;
        let encoded = tokenry_testkit::client::encode(&[("", name)])[1..].to_owned();
        let shown = admin
            .get(&user_at(&encoded))
            .await
            .expect_status(200)
            .json();
        assert_eq!(names(&shown), [name]);
        let link = shown["entry"][0]["links"]["edit"].as_str().unwrap();
        let followed = admin.get(&format!("{link}?output_mode=json")).await;
        assert_eq!(names(&followed.expect_status(200).json()), [name], "{link}");
        let token = kit::token(&admin, name, &[]).await;
        let session = server.session(name, "a password").await;
        let bearer = server.bearer(&token.string);
        for client in [&session, &bearer] {
            let context = client.get(CONTEXT).await.expect_status(200).json();
            assert_eq!(context["entry"][0]["content"]["username"], name);
        }
        let disable = [("status", "disabled")];
        drop(
            admin
                .post(&tokens_of(&encoded), &disable)
                .await
                .expect_status(200),
        );
        assert_eq!(bearer.get(CONTEXT).await.status, 401, "{name}");
        drop(
            admin
                .delete(&tokens_of(&encoded), &[])
                .await
                .expect_status(200),
        );
        drop(
            admin
                .delete(&user_at(&encoded), &[])
                .await
                .expect_status(200),
        );
        assert_eq!(session.get(CONTEXT).await.status, 401, "{name}");
    }
}

/// Text that is markup elsewhere stays text, in both formats (NT-62).
#[tokio::test]
async fn nt62_markup_in_names_stays_text() {
    const MARKUP: &str = r#"</s:key><script>alert("1")</script>&amp;<![CDATA[ ]]>"#;
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    kit::user(&admin, "x\"<b>&'", "a password", &["user"]).await;
    let form = [("realname", MARKUP)];
    let path = user_at("x%22%3Cb%3E%26%27");
    drop(admin.post(&path, &form).await.expect_status(200));
    let token = [("name", "x\"<b>&'"), ("audience", MARKUP)];
    drop(admin.post(TOKENS, &token).await.expect_status(201));
    for list in [TOKENS, USERS] {
        let json = admin.get(list).await;
        assert!(
            json.json().to_string().contains("<script>"),
            "kept as it was"
        );
        let path = list.replace("json", "xml");
        let xml = admin.get(&path).await;
        assert!(
            !xml.text.contains("<script>") && !xml.text.contains("<b>"),
            "{}",
            xml.text
        );
        assert_eq!(xml.header("content-type"), Some("text/xml; charset=UTF-8"));
        assert_eq!(
            json.header("content-type"),
            Some("application/json; charset=UTF-8")
        );
        assert_eq!(xml.header("x-content-type-options"), Some("nosniff"));
        let listed = json.json();
        let entries = listed["entry"].as_array().unwrap();
        for entry in entries {
            let link = entry["links"]["alternate"].as_str().unwrap();
            let followed = admin.get(&format!("{link}?output_mode=json")).await;
            let followed = followed.expect_status(200).json();
            assert_eq!(
                names(&followed),
                [entry["name"].as_str().unwrap()],
                "{link}"
            );
        }
    }
}
