/* api - the companies that are played. What their calls have in common is dispatch.c; what differs is one struct each. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct code;
struct exchange;
struct json_limits;

struct api {
    size_t body_max;
    const struct json_limits *limits; /* of a body; NULL: as of our own requests */
    /* Notes in the list of calls what the call is about. */
    void (*note)(struct exchange *x);
    /* False: refused before it can meet any fault. NULL: nobody is. */
    bool (*admit)(struct exchange *x);
    /* A call that no fault stopped on its way; ends in dispatch_execute(). */
    void (*serve)(struct exchange *x);
    /* Answers a refusal in the company's own form. */
    void (*refuse)(struct exchange *x, const struct code *code);
    /* Lines of every answer; NULL: none. */
    const char *(*headers)(struct exchange *x);
};
extern const struct api toss_api, nhn_api, kakaoi_api;
