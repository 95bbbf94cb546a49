// A Worker is told by its bindings and asks no process; nor does what runs anywhere. Both @types/node and the Workers' types
// declare the global all the same. The first declaration counts, so this file stands under `files` where it is meant.
declare var process: never;
