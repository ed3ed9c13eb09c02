#include "fault_points.h"

const struct fault_point entrance_faults[] = {
    {"entrance.facts.before", FAULT_EXIT, "a page of events has come, nothing is written"},
    {"entrance.facts.after", FAULT_EXIT, "orders, tickets and codes are written, their commit comes next"},
    {"entrance.sync.before", FAULT_EXIT, "scans of an upload are written, nothing is committed"},
    {"entrance.sync.after", FAULT_EXIT, "scans of an upload are committed, nothing has been told"},
    {"entrance.sync.lost", FAULT_DROP, "scans of an upload are committed, the connection goes before we hear of it"},
    {"entrance.scan.before", FAULT_EXIT, "scans are decided and written, their commit comes next"},
    {"entrance.scan.lost", FAULT_DROP, "scans are committed, the connection goes before we hear of it"},
    {"entrance.scan.after", FAULT_EXIT, "scans are committed, nobody has been told"},
    {"entrance.undo.before", FAULT_EXIT, "a scan is undone, its commit comes next"},
    {"entrance.undo.lost", FAULT_DROP, "the connection goes while an undone scan is committed"},
    {"entrance.undo.after", FAULT_EXIT, "an undone scan is committed, nobody has been told"},
    {"entrance.void.before", FAULT_EXIT, "tickets are out of use or back in it, their commit comes next"},
    {"entrance.void.lost", FAULT_DROP, "the connection goes while tickets of a refund are committed"},
    {"entrance.void.after", FAULT_EXIT, "tickets of a refund are committed, nobody has been told"},
    {"entrance.teller.called", FAULT_EXIT, "booking has heard of entries, we have not noted it"},
    {"entrance.teller.told", FAULT_EXIT, "it is noted that booking has heard"},
};
const size_t entrance_n_faults = sizeof entrance_faults / sizeof *entrance_faults;
