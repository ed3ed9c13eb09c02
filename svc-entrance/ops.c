#include "ops.h"
#include "common/events.h"
#include "op_gate.h"
#include "op_offline.h"
#include "op_reissue.h"
#include "op_ticket.h"
#include "retention_store.h"

#define VISIT(name, fn, help)                                                                                          \
    { name, "gateway", POOL_VISITOR, fn, NULL, help }
#define STAFF(name, fn, help)                                                                                          \
    { name, "gateway", POOL_STAFF, fn, NULL, help }

/* clang-format off */
const struct bus_op entrance_ops[] = {
    VISIT("ticket.list", op_ticket_list, "The tickets of an order with their codes."),
    VISIT("ticket.qr", op_ticket_qr, "The picture of one code."),

    { "scan", "gateway", POOL_SCAN, NULL, op_scan, "One code held before a scanner: who goes in, or why not; in batches." },
    STAFF("scan.undo", op_undo, "Takes a scan back: those it let in are outside again."),
    STAFF("entrance.stats", op_stats, "Who went in on a day, what was refused, who is still expected."),
    STAFF("order.history", op_order_history, "The scans of an order and what came of them."),
    STAFF("code.reissue", op_reissue, "New codes and a new link for an order whose codes or link have leaked; the old ones open nothing."),
    STAFF("device.create", op_device_create, "A manager makes a scanner; its one-time code, or the old token, is traded for a token."),
    STAFF("device.list", op_device_list, "Scanners of exhibitions in the caller's scope."),
    STAFF("device.delete", op_device_delete, "Revokes a scanner at once."),
    STAFF("entrance.keys", op_keys, "The public keys that tickets are signed with."),
    STAFF("manifest", op_manifest, "What a scanner must know of the codes of a day to work offline, by cursor."),
    { "sync", "gateway", POOL_SYNC, op_sync, NULL, "Scans that were made offline, stored once each; what each came to." },

    { "void", "payment", POOL_INTERNAL, op_void, NULL, "A refund takes tickets out of use, unless somebody is inside with them." },
    { "unvoid", "payment", POOL_INTERNAL, op_unvoid, NULL, "A refund that did not come about gives them back." },
    { "retention", "admin", POOL_INTERNAL, op_retention, NULL, "The next step of erasing personal data whose time is over." },
    { "events.pull", "notify,admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t entrance_n_ops = sizeof entrance_ops / sizeof *entrance_ops;
