#!/bin/sh
# Runs one engine, chosen by the command: `docker run … IMAGE streamer`. The shell gives way to it.
set -eu
case "${1:-}" in
# Engines that live on a feed get a small nursery, as they do as processes; a back-test keeps Node's own.
streamer | algorithm | simulator | exchange-sandbox) exec node --max-semi-space-size=2 "/app/engines/$1.js" ;;
backtest | generate-tape) exec node "/app/engines/$1.js" ;;
*)
  echo "This image runs one engine: streamer, algorithm, simulator, exchange-sandbox, backtest or generate-tape." >&2
  exit 64
  ;;
esac
