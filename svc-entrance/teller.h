/* teller - tells booking which code an order has and who of it is inside, a few times a second; one replica at a time. */
#pragma once

struct db;
struct entrance;
struct teller;
/* Takes the connection. NULL: cannot start. */
struct teller *teller_start(struct entrance *e, struct db *db);
void teller_stop(struct teller **t);
