/* What `export` can write, one line a kind: BL_EXPORT(kind, what it is, the function that writes it).
 * Choices, completion, the list that `export` shows and the handler are made from it. */
BL_EXPORT("csv", "the dataset, comma-separated", bl_export_dataset)
BL_EXPORT("jsonl", "the dataset, one JSON object a row", bl_export_dataset)
BL_EXPORT("arff", "the dataset for Weka", bl_export_dataset)
BL_EXPORT("libsvm", "the numbers of the dataset, sparse", bl_export_dataset)
BL_EXPORT("npy", "the numbers of the dataset for NumPy", bl_export_dataset)
BL_EXPORT("c", "the model with its recipe as one C file", bl_export_model)
