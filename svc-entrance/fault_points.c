#include "fault_points.h"

const struct fault_point entrance_faults[] = {
    {"entrance.facts.before", FAULT_EXIT, "a page of events has come, nothing is written"},
    {"entrance.facts.after", FAULT_EXIT, "orders, tickets and codes are written, their commit comes next"},
    {"entrance.sync.before", FAULT_EXIT, "scans of an upload are written, nothing is committed"},
    {"entrance.sync.after", FAULT_EXIT, "scans of an upload are committed, nothing has been told"},
    {"entrance.sync.lost", FAULT_DROP, "scans of an upload are committed, the connection goes before we hear of it"},
    {"entrance.teller.called", FAULT_EXIT, "booking has heard of entries, we have not noted it"},
    {"entrance.teller.told", FAULT_EXIT, "it is noted that booking has heard"},
};
const size_t entrance_n_faults = sizeof entrance_faults / sizeof *entrance_faults;
