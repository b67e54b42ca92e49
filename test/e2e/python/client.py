"""A client in another language: stubs generated from our proto by Debian's grpc tools.

Usage: client.py STUBS FOLLOWER_ADDRESS. Registers a node through a follower, creates an index,
watches the change and reads the routing, lists the services by reflection and resolves one whole
descriptor. Prints one JSON object of what it saw; any failure is an exception.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2  # noqa: E402

import master_pb2  # noqa: E402
import master_pb2_grpc  # noqa: E402
import reflection_pb2  # noqa: E402
import reflection_pb2_grpc  # noqa: E402

channel = grpc.insecure_channel(sys.argv[2])
master = master_pb2_grpc.MasterServiceStub(channel)
seen = {}

node = master_pb2.RegisterNodeRequest(
    node_id="python-node",
    node_type=master_pb2.NODE_TYPE_DATA,
    bind_addr="127.0.0.1",
    grpc_port=1,
    attributes=master_pb2.NodeAttributes(storage_tier="hot", max_shards=100, version="1.0.0"),
)
registered = master.RegisterNode(node, timeout=10)
seen["registered"] = registered.acknowledged

before = master.GetClusterState(
    master_pb2.GetClusterStateRequest(include_nodes=True), timeout=10
)
seen["nodes"] = [one.node_id for one in before.nodes]
seen["master_node"] = before.master_node.node_id

watch = master.WatchClusterState(
    master_pb2.WatchClusterStateRequest(from_version=before.version), timeout=20
)
created = master.CreateIndex(
    master_pb2.CreateIndexRequest(
        index_name="from-python",
        settings=master_pb2.IndexSettings(number_of_shards=3, number_of_replicas=0),
        wait_for_active_shards=0,
    ),
    timeout=10,
)
seen["created"] = created.acknowledged

for event in watch:
    if event.type == master_pb2.ClusterStateEvent.EVENT_TYPE_INDEX_CREATED:
        change = master_pb2.ClusterStateChange.FromString(event.payload)
        seen["watched"] = [one.index_name for one in change.indices]
        seen["watched_after"] = event.version > before.version
        break
watch.cancel()

after = master.GetClusterState(
    master_pb2.GetClusterStateRequest(include_routing=True), timeout=10
)
shards = after.routing_table.indices["from-python"].shards
seen["routing"] = sorted(shards.keys())
seen["allocation_set"] = all(shard.HasField("allocation") for shard in shards.values())
metadata = master.GetIndexMetadata(
    master_pb2.GetIndexMetadataRequest(index_name="from-python"), timeout=10
).metadata
seen["settings_set"] = metadata.HasField("settings")

reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
requests = [
    reflection_pb2.ServerReflectionRequest(list_services="*"),
    reflection_pb2.ServerReflectionRequest(
        file_containing_symbol="quidditch.master.MasterService"
    ),
]
answers = list(reflection.ServerReflectionInfo(iter(requests), timeout=10))
seen["services"] = sorted(one.name for one in answers[0].list_services_response.service)

# A strict reader of descriptors refuses a file whose map fields are not described as such.
pool = descriptor_pool.DescriptorPool()
files = [
    descriptor_pb2.FileDescriptorProto.FromString(raw)
    for raw in answers[1].file_descriptor_response.file_descriptor_proto
]
# Clients have the well-known types themselves; a server may leave them out.
if all(one.name != "google/protobuf/timestamp.proto" for one in files):
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
for one in sorted(files, key=lambda file: file.name == "master.proto"):
    pool.Add(one)
service = pool.FindServiceByName("quidditch.master.MasterService")
seen["methods"] = len(service.methods)
settings = pool.FindMessageTypeByName("quidditch.master.NodeAttributes")
seen["labels_is_map"] = settings.fields_by_name["labels"].message_type.GetOptions().map_entry

print(json.dumps(seen))
