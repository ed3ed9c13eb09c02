/* sweeper - expires payments that nobody looks at, so that their webhooks leave in time. */
#pragma once

struct sandbox;
struct sweeper;
struct sweeper *sweeper_start(struct sandbox *sb);
void sweeper_stop(struct sweeper **s);
