/* What `export` can write, one line a kind: BL_EXPORT(kind, what it is, the function that writes it).
 * Choices, completion, the list that `export` shows and the handler are made from it. */
BL_EXPORT("csv", "the dataset, comma-separated", bl_export_dataset)
BL_EXPORT("jsonl", "the dataset, one JSON object a row", bl_export_dataset)
BL_EXPORT("arff", "the dataset for Weka", bl_export_dataset)
BL_EXPORT("libsvm", "the numbers of the dataset, sparse", bl_export_dataset)
BL_EXPORT("npy", "the numbers of the dataset for NumPy", bl_export_dataset)
BL_EXPORT("c", "the model with its recipe as one C file", bl_export_model)
BL_EXPORT("onnx", "the model with its recipe as a graph", bl_export_model)
BL_EXPORT("svg", "a chart, as lines and words for pages and papers", bl_export_picture)
BL_EXPORT("png", "a chart, as pixels", bl_export_picture)
BL_EXPORT("pdf", "a chart, as a page of its size", bl_export_picture)
BL_EXPORT("text", "a chart, in characters as on the screen", bl_export_text)
BL_EXPORT("ansi", "the same with the colours of a terminal", bl_export_text)
