"""The nodes that save and restore, as `tf.train.Saver` adds them to the graph.

For two variables `v` and `w` they are, with the names that a SaverDef knows them by:

    save/Const                      the path; a Saver feeds it
    save/SaveV2                     writes the checkpoint
    save/control_dependency         the path, once that is done
    save/RestoreV2                  reads all tensors
    save/Assign, save/Assign_1      put the values back
    save/restore_all                all of them

Read next: `saver.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops.constant import constant
from interactive_graphs.ops.control_flow import group, with_dependencies
from interactive_graphs.ops.save_spec import SaveableObject, SaveSpec
from interactive_graphs.train.saveable import by_name, saveables

# Named here, since the class has members of these names.
Items = list[SaveableObject]
Groups = list[tuple[str, Items]]
Spec = SaveSpec


class BaseSaverBuilder:
    """Adds the nodes of a Saver; subclass it to save in another way.

    Args:
        write_version: the form of the checkpoints, of `SaverDef`.
    """

    SaveSpec = SaveSpec
    SaveableObject = SaveableObject

    def __init__(self, write_version: int = 2) -> None:
        """See the class."""
        self._write_version = write_version

    def build(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str = "model",
    ) -> Any:
        """Add the nodes.

        Args:
            names_to_saveables: what `Saver` takes as `var_list`.
            reshape: whether values take the variables' shapes when restored.
            sharded: whether each device writes a file of its own.
            max_to_keep: for the SaverDef.
            keep_checkpoint_every_n_hours: for the SaverDef.
            name: the name scope, 'save' when None.
            restore_sequentially: accepted as in TF1.
            filename: what `save/Const` holds.

        Returns:
            A SaverDef that names them.
        """
        del restore_sequentially
        items = saveables(by_name(names_to_saveables))
        with get_default_graph().name_scope(name or "save"):
            path = constant(filename or "model", name="Const")
            if sharded and self._write_version != protos.SaverDef.V2:
                raise NotImplementedError(
                    "Sharded checkpoints are written in the form SaverDef.V2 only"
                )
            if sharded:
                groups = _by_device(items)
                saved = self._add_sharded_save(path, groups)
                restored = self._add_sharded_restore(path, groups, reshape)
            else:
                saved = self._add_save(path, items)
                restored = self._add_restore(path, items, reshape, "restore_all")
        return protos.SaverDef(
            filename_tensor_name=path.name,
            save_tensor_name=saved.name,
            restore_op_name=restored.name,
            max_to_keep=max_to_keep or 0,
            sharded=sharded,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=self._write_version,  # type: ignore[arg-type]  # an enum's number
        )

    # -- saving -----------------------------------------------------------------------

    def save_op(self, filename_tensor: Tensor, items: Items) -> Operation:
        """The node that writes a checkpoint."""
        specs = [spec for item in items for spec in item.specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        tensors = [spec.tensor for spec in specs]
        saved: Operation
        if self._write_version == protos.SaverDef.V2:
            saved = raw.SaveV2(filename_tensor, names, slices, tensors)
        else:
            saved = raw.SaveSlices(filename_tensor, names, slices, tensors, name="save")
        return saved

    def _add_save(self, path: Tensor, items: Items) -> Tensor:
        saved: Tensor = with_dependencies([self.save_op(path, items)], path)
        return saved

    def _add_sharded_save(self, path: Tensor, groups: Groups) -> Tensor:
        """Each device writes its own; then they are made one."""
        graph = get_default_graph()
        # The pieces must not be taken for a checkpoint by anybody.
        suffix = f"_temp_{lazy.load('uuid').uuid4().hex}/part"
        temporary = raw.StringJoin([path, constant(suffix, dtype=string)])
        count = constant(len(groups), name="num_shards")
        saved = []
        for shard, (device, items) in enumerate(groups):
            with graph.device(device):
                name = raw.ShardedFilename(temporary, shard, count)
                saved.append(self._add_save(name, items))
        with graph.device(groups[-1][0]), graph.control_dependencies(saved):
            merged = raw.MergeV2Checkpoints(saved, path, delete_old_dirs=True)
        with graph.control_dependencies([merged]):
            result: Tensor = raw.Identity(path)
            return result

    # -- restoring --------------------------------------------------------------------

    def restore_op(self, filename_tensor: Tensor, items: Items) -> list[Tensor]:
        """The node that reads all tensors."""
        specs = [spec for item in items for spec in item.specs]
        with get_default_graph().device("/device:CPU:0"):
            tensors: list[Tensor] = raw.RestoreV2(
                filename_tensor,
                [spec.name for spec in specs],
                [spec.slice_spec for spec in specs],
                dtypes=[spec.dtype.base_dtype for spec in specs],
            )
        return tensors

    def _add_restore(
        self, path: Tensor, items: Items, reshape: bool, name: str
    ) -> Operation:
        tensors = iter(self.restore_op(path, items))
        done = []
        for item in items:
            values = [next(tensors) for _ in item.specs]
            shapes = [_shape_for(spec) for spec in item.specs] if reshape else None
            done.append(item.restore(values, shapes))
        return group(*done, name=name)

    def _add_sharded_restore(
        self,
        path: Tensor,
        groups: Groups,
        reshape: bool,
    ) -> Operation:
        done = []
        for device, items in groups:
            with get_default_graph().device(device):
                done.append(self._add_restore(path, items, reshape, "restore_shard"))
        return group(*done, name="restore_all")


def _shape_for(spec: Spec) -> Any:
    """The shape that a value is given, of the variable as far as it is known."""
    shape = to_static(spec.tensor.shape)
    if shape is None or None in shape:
        return raw.Shape(spec.tensor)
    return list(shape)


def _by_device(
    items: Items,
) -> Groups:
    """What is on each device, in the order of the devices' names."""
    groups: dict[str, Items] = {}
    for item in items:
        groups.setdefault(_cpu_of(item.device), []).append(item)
    return sorted(groups.items())


def _cpu_of(device: str) -> str:
    """The first CPU of the machine where a device is; it is what writes files."""
    parts = [p for p in device.split("/") if p and not _is_device(p)]
    return "".join(f"/{part}" for part in [*parts, "device:CPU:0"])


def _is_device(part: str) -> bool:
    return part.lower().startswith(("device:", "cpu:", "gpu:"))


class BulkSaverBuilder(BaseSaverBuilder):
    """The builder that reads all tensors with one node, as all of ours do."""
