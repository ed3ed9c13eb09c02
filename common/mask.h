/* mask - personal data as people without the order's token may see it. */
#pragma once
struct arena;

/* All but the first and the last character: 홍길동 -> 홍*동, 홍길 -> 홍*. NULL when the arena is full. */
const char *mask_name(struct arena *a, const char *name);
/* A normalised number (digits only): 01012345678 -> 010-****-**78. Anything else becomes "****". */
const char *mask_phone(struct arena *a, const char *phone);
/* What somebody typed: numbers as long as a phone's or an account's, however they are grouped, keep their first three and last two
 * digits; of an address for mail the first character and the domain stay. Days and the numbers of orders can be read. NULL when
 * the arena is full. */
const char *mask_text(struct arena *a, const char *text);
