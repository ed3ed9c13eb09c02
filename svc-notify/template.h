/* template - texts as Kakao approved them (reference: kakao-alimtalk "rules every provider shares"). Only the #{…} may differ from what was approved,
 * so a template is data; a change of one word is a new approval. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define TEMPLATE_VARS_MAX 12
#define TEMPLATE_TEXT_MAX 1000 /* characters, filled in */

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

const struct template *template_find(const char *key);
int template_var(const struct template *t, const char *name); /* index, -1: none */
/* What is wrong with it: undeclared or unused #{}, too long in the worst case, button or link against the rules, fallback that EUC-KR
 * cannot hold. NULL: nothing. Asked at start for each. */
const char *template_fault(struct arena *a, const struct template *t);
/* `pattern` (text, link or fallback of t) with its variables filled in. NULL: a value is missing or not allowed ("#{" in it). Control characters are
 * left out. */
const char *template_fill(struct arena *a, const struct template *t, const char *pattern, const char *const *values);
