/* template - texts as Kakao approved them (reference: kakao-alimtalk "rules every provider shares"). Only the #{…} may differ
 * from what was approved, so a template is data; a change of one word is a new approval. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define TEMPLATE_VARS_MAX 12
#define TEMPLATE_TEXT_MAX 1000    /* characters of text, button and link, filled in */
#define TEMPLATE_BUTTON_MAX 14    /* characters */
#define TEMPLATE_LINK_MAX 500     /* characters */
#define TEMPLATE_CODE_MAX 20      /* characters */
#define TEMPLATE_SMS_MAX 2000     /* bytes of EUC-KR in a long text message … */
#define TEMPLATE_SMS_TITLE_MAX 40 /* … and in its title */

enum priority { PRIORITY_TICKET = 1, PRIORITY_REFUND, PRIORITY_REMINDER, PRIORITY_BULK };
struct template_var {
    const char *name; /* without #{} */
    int max;          /* characters; longer values are cut with … */
};
struct template {
    const char *key;                       /* "paid": ours, in messages.template */
    const char *code;                      /* as registered at every provider, <= 20 */
    const char *text;                      /* approved, with #{…} */
    const char *button, *link;             /* one web link; both NULL: none; #{…} allowed in the link only */
    const char *fallback_title, *fallback; /* LMS, EUC-KR */
    enum priority priority;
    struct template_var vars[TEMPLATE_VARS_MAX];
    size_t n_vars;
};
extern const struct template templates[];
extern const size_t template_count;

/* The `i`-th of template_count as it is in use; see template_scheme(). */
const struct template *template_at(size_t i);
const struct template *template_find(const char *key);
int template_var(const struct template *t, const char *name); /* index, -1: none */
/* Before the first use: links get the scheme of our address, for a template holds it outside of its variables. Tables of a
 * site without TLS live in `a`. False: out of memory. */
bool template_scheme(struct arena *a, const char *public_url);

/* What is wrong with it: undeclared or unused #{}, too long in the worst case, button or link against the rules, fallback
 * that EUC-KR cannot hold. NULL: nothing. Asked at start for each. */
const char *template_fault(struct arena *a, const struct template *t);
/* A value as it goes out: without control characters, cut to what the template allows, "-" for nothing at all. NULL: not
 * allowed ("#{" in it), or out of memory. */
const char *template_value(struct arena *a, const struct template_var *var, const char *value);
/* `pattern` (text, link or fallback of t) with its variables filled in. NULL: a value is missing or not allowed ("#{" in it).
 * Control characters are left out. */
const char *template_fill(struct arena *a, const struct template *t, const char *pattern, const char *const *values);
/* Text for an SMS: what EUC-KR cannot hold becomes something like it, or '?'. NULL: out of memory. */
const char *template_sms(struct arena *a, const char *text);
