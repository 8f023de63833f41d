//! What a file is that is no safetensors file.

/// What the beginning of a file looks like, and what to do with such a file. `None` if it resembles nothing known.
pub(super) fn identify(head: &[u8]) -> Option<String> {
    const PYTORCH: &str = "`storage::Weights` reads such files";
    const KERAS: &str =
        "write its weights to safetensors in Python first; Keras has matrices as `[in, out]`, PyTorch as `[out, in]`";
    const NUMPY: &str = PYTORCH;
    const OTHER: &str = "weights are read from safetensors, PyTorch's and NumPy's files";
    let contains = |needle: &str| head.windows(needle.len()).any(|window| window == needle.as_bytes());
    let (what, help) = match head {
        [b'P', b'K', 3, 4, ..] if contains(".npy") => ("a NumPy archive (.npz)", NUMPY),
        [b'P', b'K', 3, 4, ..] if contains("config.json") || contains("metadata.json") => {
            ("a Keras archive (.keras)", KERAS)
        }
        [b'P', b'K', 3, 4, ..] if contains(".pkl") || contains("/version") || contains("/byteorder") => {
            ("a PyTorch archive (.pt)", PYTORCH)
        }
        [b'P', b'K', 3, 4, ..] => ("a zip archive, such as `torch.save` writes", PYTORCH),
        [0x80, 2..=5, ..] => ("a Python pickle, such as old versions of `torch.save` write", PYTORCH),
        [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1A, b'\n', ..] => ("an HDF5 file (.h5)", KERAS),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => ("a NumPy array (.npy)", NUMPY),
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => ("a TensorFlow Lite model", OTHER),
        [b'G', b'G', b'U', b'F', ..] => ("a GGUF model", OTHER),
        [8, 1..=20, 0x12 | 0x3A, ..] => ("probably an ONNX model", OTHER),
        [0x1F, 0x8B, ..] => ("compressed by gzip", "unpack it first"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("compressed by zstd", "unpack it first"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => ("compressed by xz", "unpack it first"),
        _ if head.starts_with(b"version https://git-lfs") => {
            ("a Git LFS pointer that stands for the real file", "fetch it with `git lfs pull`")
        }
        [b'{' | b'[' | b'<', ..] => ("a text file", OTHER),
        _ => return None,
    };
    Some(format!("it is {what}; {help}"))
}

#[cfg(test)]
mod tests {
    use super::identify;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let pt =
            [b"PK\x03\x04\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\x12\0".as_slice(), b"archive/data.pkl"]
                .concat();
        for (head, words) in [
            (pt.as_slice(), "PyTorch archive"),
            (b"PK\x03\x04________________________weights.npy", "NumPy archive"),
            (b"PK\x03\x04________________________metadata.json", "Keras archive"),
            (b"PK\x03\x04", "zip"),
            (b"\x80\x02\x8a\nl\xfc", "pickle"),
            (b"\x89HDF\r\n\x1a\n\0\0", "HDF5"),
            (b"\x93NUMPY\x01\0v\0", "NumPy array"),
            (b"\x1c\0\0\0TFL3", "TensorFlow Lite"),
            (b"GGUF\x03\0\0\0", "GGUF"),
            (b"\x08\x07\x12\x07pytorch", "ONNX"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            (b"<!DOCTYPE html>", "text"),
        ] {
            let said = identify(head).unwrap();
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(identify(b"\0\0\0\0\0\0\0\0"), None);
        assert_eq!(identify(b""), None);
    }
}
