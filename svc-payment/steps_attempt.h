/* steps_attempt - what is done in each state of an attempt (saga_table.c says which). */
#pragma once
#include "saga.h"

/* ---- steps_window.c ---- */
void step_opening(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_ready(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);

/* ---- steps_confirm.c ---- */
void step_beginning(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_sent(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_captured(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_refused(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);

/* ---- steps_deposit.c ---- */
void step_issued(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_waiting(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_closing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_reversing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);

/* ---- steps_again.c ---- */
void step_paid(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_failed(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
/* Money on its way back, or back: whoever asked is told to wait for nothing. */
void step_nothing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
