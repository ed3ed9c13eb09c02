/* booking - what all workers and threads of svc-booking share: worker->state. Made in main.c, const after start. */
#pragma once

struct catalogue;

struct booking {
    struct catalogue *catalogue;
};
