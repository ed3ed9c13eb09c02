/* db_sql - pieces of SQL that several stores write alike. */
#pragma once

/* An instant as milliseconds since 1970, cut and not rounded: what has been is never told as later than it was. NULL stays NULL
 * (db_int(): 0). */
#define MS(instant) "floor(extract(epoch FROM " instant ") * 1000)::bigint"
