"""TensorFlow 1's public names that are not here, why, and what serves instead.

`docs/left-out.md` is written from this table, the AttributeError of such a name quotes
it, and a test holds that each name of TensorFlow 1 is either there or in it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Names that are left out for one reason.

    Attributes:
        title: what they are.
        why: why they are not here and what to use, in a sentence or two.
        names: the names after `tf.`; one that ends in `.*` stands for all below it.
    """

    title: str
    why: str
    names: str


GROUPS: Final = (
    Group(
        "Estimators and feature columns",
        "Estimators hide the graph and the session that this package is about: "
        "tf.train.MonitoredTrainingSession with hooks gives the same training loop, "
        "tf.one_hot and tf.nn.embedding_lookup the same columns.",
        "contrib.estimator contrib.estimator.* contrib.learn contrib.learn.* estimator "
        "estimator.* feature_column feature_column.* train.VocabInfo train.sdca_fprint "
        "train.sdca_optimizer train.sdca_shrink_l1 train.warm_start",
    ),
    Group(
        "Keras",
        "Keras is a library of its own now: tf.layers makes the same layers, and "
        "tf.keras.datasets reads what is on disk.",
        "contrib.keras contrib.keras.* keras.* layers.experimental "
        "layers.experimental.*",
    ),
    Group(
        "Eager execution and TensorFlow 2",
        "Here nothing runs before a session runs it: tf.gradients differentiates, "
        "tf.while_loop and tf.cond decide, tf.py_func calls Python.",
        "GradientTape IndexedSlicesSpec Module NoneTensorSpec OptionalSpec "
        "RaggedTensorSpec SparseTensorSpec TensorArraySpec TensorSpec TypeSpec "
        "approx_top_k autograph autograph.* check_pinned contrib.eager contrib.eager.* "
        "conv conv2d_backprop_filter_v2 conv2d_backprop_input_v2 data.DatasetSpec "
        "data.NumpyIterator debugging.assert_shapes debugging.experimental "
        "debugging.experimental.* dimension_at_index dimension_value "
        "dtypes.experimental dtypes.experimental.* enable_control_flow_v2 "
        "enable_eager_execution enable_tensor_equality enable_v2_behavior "
        "enable_v2_tensorshape executing_eagerly_outside_functions experimental "
        "experimental.* function grad_pass_through is_symbolic_tensor "
        "linalg.experimental linalg.experimental.* lookup.experimental "
        "lookup.experimental.* math.approx_max_k math.approx_min_k math.sobol_sample "
        "nn.approx_max_k nn.approx_min_k nn.avg_pool_v2 nn.collapse_repeated "
        "nn.compute_average_loss nn.conv3d_backprop_filter nn.conv_transpose "
        "nn.ctc_beam_search_decoder_v2 nn.ctc_loss_v2 nn.ctc_unique_labels "
        "nn.experimental nn.experimental.* nn.max_pool_v2 nn.scale_regularization_loss "
        "no_gradient nondifferentiable_batch_function py_function random.Algorithm "
        "random.Generator random.create_rng_state random.experimental "
        "random.experimental.* random.fold_in random.get_global_generator "
        "random.set_global_generator random.split random_index_shuffle recompute_grad "
        "saved_model.Asset saved_model.DEBUG_DIRECTORY "
        "saved_model.DEBUG_INFO_FILENAME_PB saved_model.SaveOptions "
        "saved_model.constants.DEBUG_DIRECTORY "
        "saved_model.constants.DEBUG_INFO_FILENAME_PB saved_model.experimental "
        "saved_model.experimental.* saved_model.load_v2 saved_model.save "
        "saved_model.signature_def_utils.MethodNameUpdater summary.all_v2_summary_ops "
        "summary.initialize switch_case tensor_scatter_nd_max tensor_scatter_nd_min "
        "test.experimental test.experimental.* test.with_eager_op_as_function "
        "train.Checkpoint train.CheckpointManager train.CheckpointOptions "
        "train.experimental train.experimental.* type_spec_from_value types types.* "
        "vectorized_map wrap_function",
    ),
    Group(
        "Ragged tensors",
        "Rows of unequal length are padded (tf.sequence_mask tells what is padding) or "
        "sparse (tf.SparseTensor).",
        "RaggedTensor io.RaggedFeature ragged ragged.* ragged_fill_empty_rows "
        "ragged_fill_empty_rows_grad strings.ngrams",
    ),
    Group(
        "Several machines and accelerators",
        "Programs run in one process for now; devices are asked for with tf.device and "
        "tf.ConfigProto, and `%devices` shows where each operation went.",
        "contrib.cudnn_rnn contrib.cudnn_rnn.* contrib.distribute contrib.distribute.* "
        "contrib.nccl contrib.nccl.* contrib.tpu contrib.tpu.* distribute distribute.* "
        "mixed_precision mixed_precision.* mlir mlir.* test.create_local_cluster tpu "
        "tpu.* train.ClusterSpec train.Server train.SyncReplicasOptimizer "
        "train.replica_device_setter xla xla.*",
    ),
    Group(
        "Settings of TensorFlow's runtime",
        "tf.ConfigProto holds the settings there are, and goes to tf.Session.",
        "CXX11_ABI_FLAG CXX_VERSION MONOLITHIC_BUILD TensorInfo config config.* "
        "data.Options data.ThreadingOptions debugging.disable_check_numerics "
        "debugging.disable_traceback_filtering debugging.enable_check_numerics "
        "debugging.enable_traceback_filtering debugging.get_log_device_placement "
        "debugging.is_traceback_filtering_enabled debugging.set_log_device_placement "
        "enable_resource_variables fingerprint io.gfile.get_registered_schemes "
        "io.gfile.join load_file_system_library load_library load_op_library sysconfig "
        "sysconfig.* test.StubOutForTesting test.disable_with_predicate "
        "test.is_built_with_gpu_support test.is_built_with_rocm test.is_built_with_xla "
        "test.is_cpu_target_available user_ops user_ops.*",
    ),
    Group(
        "Quantization and TensorFlow Lite",
        "Numbers keep the precision they are given: tf.cast and tf.round imitate less.",
        "contrib.lite contrib.lite.* contrib.quantize contrib.quantize.* dequantize "
        "fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient "
        "fake_quant_with_min_max_vars fake_quant_with_min_max_vars_gradient "
        "fake_quant_with_min_max_vars_per_channel "
        "fake_quant_with_min_max_vars_per_channel_gradient lite lite.* "
        "nn.quantized_avg_pool nn.quantized_conv2d nn.quantized_max_pool "
        "nn.quantized_relu_x quantization quantization.* quantize quantize_v2 "
        "quantized_concat train.do_quantize_training_on_graphdef",
    ),
    Group(
        "Profiles",
        "tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE) with tf.RunMetadata tells "
        "what each operation cost.",
        "contrib.tfprof contrib.tfprof.* profiler profiler.* test.Benchmark "
        "test.benchmark_config",
    ),
    Group(
        "Distributions",
        "tf.random_normal, tf.random_uniform, tf.random_gamma and tf.multinomial draw; "
        "densities are a line of tf.exp and tf.lgamma.",
        "contrib.distributions contrib.distributions.* distributions distributions.*",
    ),
    Group(
        "Flags beyond the common kinds",
        "tf.flags has DEFINE_string, _integer, _float, _bool, _enum and the lists; the "
        "rest is in the package absl-py, on which it stands: absl.flags.",
        "app.flags.* flags.*",
    ),
    Group(
        "Linear operators and rarer decompositions",
        "tf.matmul, tf.cholesky, tf.qr, tf.svd and tf.self_adjoint_eig work on the "
        "matrices themselves.",
        "contrib.linalg contrib.linalg.* linalg.LinearOperator "
        "linalg.LinearOperatorAdjoint linalg.LinearOperatorBlockDiag "
        "linalg.LinearOperatorBlockLowerTriangular linalg.LinearOperatorCirculant "
        "linalg.LinearOperatorCirculant2D linalg.LinearOperatorCirculant3D "
        "linalg.LinearOperatorComposition linalg.LinearOperatorDiag "
        "linalg.LinearOperatorFullMatrix linalg.LinearOperatorHouseholder "
        "linalg.LinearOperatorIdentity linalg.LinearOperatorInversion "
        "linalg.LinearOperatorKronecker linalg.LinearOperatorLowRankUpdate "
        "linalg.LinearOperatorLowerTriangular linalg.LinearOperatorPermutation "
        "linalg.LinearOperatorScaledIdentity linalg.LinearOperatorToeplitz "
        "linalg.LinearOperatorTridiag linalg.LinearOperatorZeros "
        "linalg.eigh_tridiagonal linalg.tridiagonal_matmul linalg.tridiagonal_solve",
    ),
    Group(
        "Special functions, and Fourier transforms along any axes",
        "tf.lgamma, tf.digamma, tf.erf, tf.igamma, tf.betainc, tf.zeta are here, and "
        "tf.fft, tf.fft2d, tf.fft3d; tf.py_func calls scipy's.",
        "fftnd ifftnd irfftnd math.bessel_i0 math.bessel_i0e math.bessel_i1 "
        "math.bessel_i1e math.special math.special.* rfftnd signal.fftnd signal.ifftnd "
        "signal.irfftnd signal.rfftnd",
    ),
    Group(
        "Unicode, and strings cut to pieces",
        "tf.string_split, tf.substr and tf.regex_replace work on bytes; tf.py_func "
        "decodes.",
        "strings.bytes_split strings.unicode_decode "
        "strings.unicode_decode_with_offsets strings.unicode_encode "
        "strings.unicode_script strings.unicode_split "
        "strings.unicode_split_with_offsets strings.unicode_transcode "
        "strings.unsorted_segment_join",
    ),
    Group(
        "Files of rarer kinds",
        "tf.image decodes PNG, JPEG, GIF and BMP, tf.parse_example and tf.decode_csv "
        "read records; tf.data.Dataset.from_generator takes what Python reads.",
        "LMDBReader audio audio.* decode_json_example image.adjust_jpeg_quality "
        "image.decode_jxl image.decode_webp image.random_jpeg_quality "
        "io.decode_json_example io.decode_jxl io.decode_proto io.decode_webp "
        "io.encode_proto io.parse_sequence_example",
    ),
    Group(
        "Ops by their names",
        "Public functions make them all; `interactive_graphs.framework.raw` makes a "
        "node by an op's name.",
        "raw_ops raw_ops.*",
    ),
    Group(
        "Accumulators and critical sections",
        "Gradients are added up with tf.add_n or with variables and tf.assign_add; one "
        "run at a time needs no lock.",
        "ConditionalAccumulator ConditionalAccumulatorBase CriticalSection "
        "SparseConditionalAccumulator sparse.SparseConditionalAccumulator",
    ),
    Group(
        "Variables made in other ways",
        "tf.get_variable with a partitioner makes partitioned variables, and a "
        "custom_getter sees each variable that is made.",
        "VariableAggregation VariableSynchronization batch_scatter_update "
        "create_partitioned_variables variable_creator_scope",
    ),
    Group(
        "Filters of sound",
        "tf.signal.stft, tf.signal.dct and the Hann and Hamming windows are here; the "
        "others are a line of tf.matmul.",
        "signal.inverse_mdct signal.kaiser_bessel_derived_window signal.kaiser_window "
        "signal.linear_to_mel_weight_matrix signal.mdct "
        "signal.mfccs_from_log_mel_spectrograms",
    ),
    Group(
        "Boxes and patches of later versions",
        "tf.image.non_max_suppression, tf.image.crop_and_resize and "
        "tf.extract_image_patches are here.",
        "extract_volume_patches image.combined_non_max_suppression "
        "image.generate_bounding_box_proposals image.non_max_suppression_overlaps "
        "image.non_max_suppression_padded image.non_max_suppression_with_scores "
        "nn.fractional_avg_pool nn.fractional_max_pool nn.with_space_to_batch",
    ),
    Group(
        "Rarer draws and crosses",
        "tf.random_gamma, tf.random_poisson, tf.stateless_random_uniform of "
        "tf.contrib.stateless and tf.truncated_normal draw; tf.string_to_hash_bucket "
        "makes crossed features.",
        "random.stateless_binomial random.stateless_gamma "
        "random.stateless_parameterized_truncated_normal random.stateless_poisson "
        "sparse.bincount sparse.cross sparse.cross_hashed",
    ),
    Group(
        "Checkpoints as they come",
        "tf.train.latest_checkpoint tells the newest; a loop with time.sleep waits for "
        "the next.",
        "train.checkpoints_iterator",
    ),
)

# Before TensorFlow 1.0 -> since then, as its upgrade notes list them.
RENAMED: Final = {
    "all_candidate_sampler": "nn.all_candidate_sampler",
    "audio_summary": "summary.audio",
    "batch_cholesky": "cholesky",
    "batch_cholesky_solve": "cholesky_solve",
    "batch_fft": "fft",
    "batch_fft2d": "fft2d",
    "batch_fft3d": "fft3d",
    "batch_ifft": "ifft",
    "batch_ifft2d": "ifft2d",
    "batch_ifft3d": "ifft3d",
    "batch_matmul": "matmul",
    "batch_matrix_band_part": "matrix_band_part",
    "batch_matrix_determinant": "matrix_determinant",
    "batch_matrix_diag": "matrix_diag",
    "batch_matrix_diag_part": "matrix_diag_part",
    "batch_matrix_inverse": "matrix_inverse",
    "batch_matrix_set_diag": "matrix_set_diag",
    "batch_matrix_solve": "matrix_solve",
    "batch_matrix_solve_ls": "matrix_solve_ls",
    "batch_matrix_transpose": "matrix_transpose",
    "batch_matrix_triangular_solve": "matrix_triangular_solve",
    "batch_self_adjoint_eig": "self_adjoint_eig",
    "batch_self_adjoint_eigvals": "self_adjoint_eigvals",
    "batch_svd": "svd",
    "complex_abs": "abs",
    "histogram_summary": "summary.histogram",
    "image.per_image_whitening": "image.per_image_standardization",
    "image_summary": "summary.image",
    "inv": "reciprocal",
    "listdiff": "setdiff1d",
    "merge_all_summaries": "summary.merge_all",
    "merge_summary": "summary.merge",
    "mul": "multiply",
    "neg": "negative",
    "nn.bidirectional_rnn": "nn.static_bidirectional_rnn",
    "nn.rnn": "nn.static_rnn",
    "nn.seq2seq": "contrib.legacy_seq2seq",
    "nn.state_saving_rnn": "nn.static_state_saving_rnn",
    "pack": "stack",
    "scalar_summary": "summary.scalar",
    "select": "where",
    "sub": "subtract",
    "train.SummaryWriter": "summary.FileWriter",
    "unpack": "unstack",
}


def reason(name: str) -> str | None:
    """Why a name is not there, or None if nobody ever promised it.

    Args:
        name: as users write it: "tf.estimator.Estimator".
    """
    wanted = name.removeprefix("tf.")
    if wanted in RENAMED:
        return f"TensorFlow 1.0 renamed it: use tf.{RENAMED[wanted]}."
    for group in GROUPS:
        names = group.names.split()
        if wanted in names:
            return group.why
        parents = [n[:-1] for n in names if n.endswith(".*")]
        if any(wanted.startswith(parent) for parent in parents):
            return group.why
    return None
