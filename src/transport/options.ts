/** Channel options of connections between members, for both sides; no age or idle limit applies. */
import type { ChannelOptions } from "@grpc/grpc-js";

import {
  peerKeepaliveIntervalMs,
  peerKeepaliveTimeoutMs,
  peerMessageBytesMax,
  reconnectBackoffMaxMs,
  reconnectBackoffMinMs,
} from "./limits.js";

/** Trailer with the code of a refused hello. */
export const refusalKey = "quidditch-refusal";

/** Of a client that talks to a peer. The receiver of bulk data is always the client. */
export const peerClientOptions: ChannelOptions = {
  "grpc.max_receive_message_length": peerMessageBytesMax,
  "grpc.max_send_message_length": peerMessageBytesMax,
  "grpc.initial_reconnect_backoff_ms": reconnectBackoffMinMs,
  "grpc.min_reconnect_backoff_ms": reconnectBackoffMinMs,
  "grpc.max_reconnect_backoff_ms": reconnectBackoffMaxMs,
  "grpc.keepalive_time_ms": peerKeepaliveIntervalMs,
  "grpc.keepalive_timeout_ms": peerKeepaliveTimeoutMs,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc-node.flow_control_window": 8 * 1024 * 1024,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.dns_min_time_between_resolutions_ms": 1000,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
};

/** Of the listener for peers. */
export const peerServerOptions: ChannelOptions = {
  "grpc.max_receive_message_length": peerMessageBytesMax,
  "grpc.max_send_message_length": peerMessageBytesMax,
  "grpc.max_concurrent_streams": 256,
  "grpc-node.max_session_memory": 256,
  "grpc.keepalive_time_ms": peerKeepaliveIntervalMs,
  "grpc.keepalive_timeout_ms": peerKeepaliveTimeoutMs,
  "grpc.enable_channelz": 0,
};
