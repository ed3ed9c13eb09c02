/* alimtalk - what both providers do with a message that they take. */
#pragma once
#include "alimtalk_templates.h"
#include "message.h"
#include "sandbox.h"

struct sms_wish {
    bool wanted;
    enum sms_kind kind; /* SMS_NONE: by the length of the text */
    const char *title, *text;
};
/* ^0[0-9]{8,10}$ or an international number. */
bool alimtalk_phone_ok(const char *phone);
void alimtalk_sms(struct arena *a, const struct sms_wish *w, struct message_draft *d);
/* Takes the message: from now on it is known, also after a restart. Inside the book of messages. False: out of memory. */
bool alimtalk_accept(struct exchange *x, struct message_draft *d);
/* yyyyMMddHHmmss in Seoul and random letters. */
void alimtalk_request_id(int64_t now, char id[REQUEST_ID_LEN + 1]);
/* A link as it was approved, with its scheme. NULL: the template has none, or no memory. */
const char *alimtalk_link(struct arena *a, const struct template_view *t);
