/* staff_sql - pieces of SQL that the staff stores share. */
#pragma once

#define SQL_TIME(x) "to_char(" x " AT TIME ZONE 'Asia/Seoul', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+09:00\"')"
#define SQL_SLOT_TIME(x) "to_char(" x ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+09:00\"')"
/* A value that may be NULL: parameter absent: as it was; empty: taken away. */
#define SQL_CLEARABLE(param, type, column)                                                                             \
    column " = CASE WHEN " param "::text = '' THEN NULL ELSE coalesce(" param "::text::" type ", " column ") END"
#define SQL_KEPT(param, type, column) column " = coalesce(" param "::" type ", " column ")"
