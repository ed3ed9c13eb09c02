/* db_sql - pieces of SQL that several stores write alike. */
#pragma once

/* An instant as milliseconds since 1970, cut and not rounded: what has been is never told as later than it was. NULL stays NULL
 * (db_int(): 0). Within a long text the same by hand. A cast alone rounds (scripts/lint-text); round() says that this is meant: where
 * two have to say the same, and one of them is SQL that does not change any more. */
#define MS(instant) "floor(extract(epoch FROM " instant ") * 1000)::bigint"
