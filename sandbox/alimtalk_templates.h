/* alimtalk_templates - what Kakao's reviewers have approved, as the console holds it: a copy of its own of the shop's texts, so
 * that a word changed in the shop alone is refused here as it would be there. Tests switch a template to another state. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_ID "@전시예매"
#define CHANNEL_NAME "전시 예매"

enum template_state {
    TEMPLATE_APPROVED,
    TEMPLATE_REQUESTED, /* not approved yet */
    TEMPLATE_REJECTED,
    TEMPLATE_DORMANT, /* a year without a message */
    TEMPLATE_BLOCKED, /* accepted still, but stopped on the way */
    TEMPLATE_CHANGED, /* somebody has edited the text and got it approved */
    TEMPLATE_MISSING,
    TEMPLATE_STATE_COUNT
};
extern const char *const template_state_names[TEMPLATE_STATE_COUNT];

struct approved_template {
    const char *code, *name;
    const char *text, *changed; /* the other text of TEMPLATE_CHANGED */
    const char *button, *link;  /* NULL: none; the link without its scheme */
};
extern const struct approved_template approved_templates[];
extern const size_t approved_count;

struct templates;
/* `shop_url`: its scheme is that of the links. */
struct templates *templates_open(const char *shop_url);
void templates_close(struct templates **t);
void templates_reset(struct templates *t);
/* False: no such template or state. */
bool templates_switch(struct templates *t, const char *code, const char *state);

struct template_view { /* of one template, as it is now */
    const struct approved_template *approved;
    enum template_state state;
    const char *text, *scheme;
};
/* The template of this code; false: there is none, or TEMPLATE_MISSING. */
bool templates_find(struct templates *t, const char *code, struct template_view *view);
struct template_view templates_at(struct templates *t, size_t i);
