data_sources = \
	src/data/arff.c \
	src/data/builder.c \
	src/data/csv_cell.c \
	src/data/csv_columns.c \
	src/data/csv_head.c \
	src/data/csv_index.c \
	src/data/csv_numbers.c \
	src/data/csv_parse.c \
	src/data/csv_plain.c \
	src/data/csv_rows.c \
	src/data/dates.c \
	src/data/digest.c \
	src/data/expression.c \
	src/data/formats.c \
	src/data/gzip.c \
	src/data/levels.c \
	src/data/libsvm.c \
	src/data/lines.c \
	src/data/load.c \
	src/data/readers.c \
	src/data/samples.c \
	src/data/source.c \
	src/data/table.c \
	$(NULL)
