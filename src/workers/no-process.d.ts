// A Worker is told by its bindings and asks no process. Both @types/node and the Workers' types declare the global all
// the same. The first declaration counts, so this file stands under `files` where it is meant. Were it `never`, then
// `export const a = process` would compile.
// biome-ignore lint/suspicious/noConstEnum: nothing is to be made of it, and this is what no expression may name.
declare const enum process {}
