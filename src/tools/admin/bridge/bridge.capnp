# A Worker that a command runs beside the copy on this machine, for as long as it lasts: it answers at a socket of the
# command's own, which `--socket-addr` names.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "bridge", worker = .bridge)],
  sockets = [(name = "bridge", http = (), service = (name = "bridge", entrypoint = "bridge"))],
);

const bridge :Workerd.Worker = (
  modules = [(name = "bridge.mjs", esModule = embed "bridge.mjs")],
  compatibilityDate = "2026-11-01",
  # The way on which the Workers of one `wrangler dev` reach those of another.
  compatibilityFlags = ["experimental"],
  bindings = [
    (name = "COPIES", workerdDebugPort = void),
    (name = "ADDRESS", fromEnvironment = "ADDRESS"),
    (name = "SERVICE", fromEnvironment = "SERVICE"),
  ],
);
